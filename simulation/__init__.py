"""The experiment: virtual time, workload, prices, recording and audit."""

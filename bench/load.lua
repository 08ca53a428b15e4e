-- Print wrk's results as one line of JSON; wrk counts in microseconds.
done = function(summary, latency)
  local wrong = summary.errors
  local errors = wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout
  io.write(string.format('\n{"errors": %d, "count": %d, "seconds": %f, "median": %f, "p99": %f}\n', errors, summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

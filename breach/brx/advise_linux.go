package brx

import "syscall"

// adviseRandom turns read-ahead off, which would fetch 32 pages for each one asked. It is advice: an error changes nothing.
func adviseRandom(b []byte) { _ = syscall.Madvise(b, syscall.MADV_RANDOM) }

package brx

import "syscall"

// adviseRandom turns read-ahead off, which would fetch 32 pages for each one asked. It is advice: an error changes nothing.
func adviseRandom(b []byte) { _ = syscall.Madvise(b, syscall.MADV_RANDOM) }

// willNeed asks for pages before they are read, which random mode would fetch one by one.
func willNeed(b []byte) { _ = syscall.Madvise(b, syscall.MADV_WILLNEED) }

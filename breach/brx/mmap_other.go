//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package brx

import "os"

// mapFile maps nothing on this system: segments are read by positioned reads.
func mapFile(*os.File, int64) ([]byte, error) { return nil, nil }

func unmap([]byte) error { return nil }

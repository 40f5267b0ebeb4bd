//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package brx

import (
	"fmt"
	"math"
	"os"
	"syscall"
)

// mapFile maps a whole file for reading. It returns nil, not an error, where the file is too large for that.
func mapFile(f *os.File, size int64) ([]byte, error) {
	if size > math.MaxInt {
		return nil, nil
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	adviseRandom(b)
	return b, nil
}

func unmap(b []byte) error { return syscall.Munmap(b) }

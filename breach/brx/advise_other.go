//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package brx

func adviseRandom([]byte) {}

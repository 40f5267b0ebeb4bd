//go:build !linux

package brx

func adviseRandom([]byte) {}

func willNeed([]byte) {}

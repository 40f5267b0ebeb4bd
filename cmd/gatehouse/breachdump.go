package main

import (
	"errors"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

type breachDumpCmd struct {
	File string `arg:"" help:"File of leaked hashes."`
	Page int    `placeholder:"N" default:"-1" help:"Show that page with its hashes; -1 is the head of the file."`
}

// Run shows what is in a file. A page shows hashes, and the hash of a weak
// password is as good as the password.
func (c *breachDumpCmd) Run(std streams) (err error) {
	s, err := brx.Open(c.File, brx.OpenOptions{Pread: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Dump(std.out, c.Page)
}

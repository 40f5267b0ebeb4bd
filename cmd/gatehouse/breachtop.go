package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

type breachTopCmd struct {
	File  string `arg:"" help:"File of leaked hashes."`
	Count int    `short:"n" placeholder:"N" default:"20" help:"How many, at most a million."`
}

const maxTop = 1_000_000

// Run lists HASH:COUNT, the most frequent first.
func (c *breachTopCmd) Run(ctx context.Context, std streams) (err error) {
	if c.Count < 1 || c.Count > maxTop {
		return fmt.Errorf("--count=%d: want 1 to %d", c.Count, maxTop)
	}
	s, err := brx.Open(c.File, brx.OpenOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	list, err := breach.Top(ctx, s, c.Count)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(std.out)
	width := s.Info().Alg.Bytes()
	for _, e := range list {
		fmt.Fprintf(out, "%X:%d\n", e.Hash[:width], e.Count)
	}
	return out.Flush()
}

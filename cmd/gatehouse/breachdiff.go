package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

type breachDiffCmd struct {
	Older  string `arg:"" help:"File of leaked hashes."`
	Newer  string `arg:"" help:"File of leaked hashes."`
	Hashes bool   `help:"List every hash that differs: + added, - gone, ~ counted otherwise."`
}

// Run compares two files.
func (c *breachDiffCmd) Run(ctx context.Context, std streams) error {
	older, err := brx.Open(c.Older, brx.OpenOptions{})
	if err != nil {
		return err
	}
	newer, err := brx.Open(c.Newer, brx.OpenOptions{})
	if err != nil {
		return errors.Join(err, older.Close())
	}
	return errors.Join(c.compare(ctx, std, older, newer), older.Close(), newer.Close())
}

func (c *breachDiffCmd) compare(ctx context.Context, std streams, older, newer *brx.Segment) error {
	out := bufio.NewWriter(std.out)
	width := newer.Info().Alg.Bytes()
	var added, gone, changed int64
	for d, err := range breach.Diff(ctx, older, newer) {
		if err != nil {
			return err
		}
		sign := '~'
		switch {
		case d.Before == 0:
			sign = '+'
			added++
		case d.After == 0:
			sign = '-'
			gone++
		default:
			changed++
		}
		if c.Hashes {
			fmt.Fprintf(out, "%c %X %d %d\n", sign, d.Hash[:width], d.Before, d.After)
		}
	}
	fmt.Fprintf(out, "%s added, %s gone, %s counted otherwise\n", grouped(added), grouped(gone), grouped(changed))
	return out.Flush()
}

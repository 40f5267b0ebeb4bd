package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"
)

// measureStart times the first answer on an existing database, and reads the idle memory.
func measureStart(ctx context.Context, o options, out figures) (err error) {
	data, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	var first []time.Duration
	var idle int64
	for round := range 6 {
		p, err := start(ctx, o, data)
		if err != nil {
			return err
		}
		api := newAPI(p.url)
		if round == 0 { // makes the database
			err = api.call(ctx, "CreateUserPool", object{"PoolName": "bench"}, nil)
		} else {
			err = api.call(ctx, "ListUserPools", object{"MaxResults": 1}, nil)
			first = append(first, time.Since(p.began))
		}
		if err == nil {
			select {
			case <-time.After(time.Second): // the table of the fixed base is built by then
			case <-ctx.Done():
			}
			idle, err = p.resident()
		}
		if err := errors.Join(err, p.stop()); err != nil {
			return err
		}
	}
	slices.Sort(first)
	out.line("first answer after start (goal 300 ms)", "%v median of %d", first[len(first)/2].Round(time.Millisecond), len(first))
	out.line("idle memory (goal 64 MB)", "%.1f MB", float64(idle)/1e6)
	return nil
}

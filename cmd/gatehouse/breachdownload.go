package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/hibp"
)

type breachDownloadCmd struct {
	To       string  `arg:"" help:"Folder for the range files, about 20 bytes for each hash."`
	From     baseURL `placeholder:"URL" default:"https://api.pwnedpasswords.com" help:"Server of the ranges: Have I Been Pwned, or another gatehouse breach serve."`
	Alg      string  `enum:"sha1,ntlm" default:"sha1" help:"Which hashes."`
	Parallel int     `placeholder:"N" default:"32" help:"Requests at once, 1 to 256."`
	Ranges   int     `placeholder:"N" default:"1048576" help:"Stop after so many ranges: a trial of the way to the server, not a corpus."`
}

// Run downloads what is missing and what has changed.
func (c *breachDownloadCmd) Run(ctx context.Context, std streams) error {
	cfg := hibp.DownloadConfig{
		Dir: c.To, URL: string(c.From), Parallel: c.Parallel, Ranges: c.Ranges, Alg: brx.SHA1,
		UserAgent: "gatehouse-breach/" + version() + " (+https://github.com/gatehouse-id/gatehouse)",
	}
	if c.Alg == brx.NTLM.String() {
		cfg.Alg = brx.NTLM
	}
	display := newMeter(std.err)
	cfg.Progress = display.downloaded
	got, err := hibp.Download(ctx, cfg)
	display.end()
	var incomplete *hibp.Incomplete
	switch {
	case errors.As(err, &incomplete):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("stopped after %d of %d ranges; the same command goes on: %w", got.Done(), got.Ranges, err)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s ranges with %s hashes: %s changed, %s unchanged, %s from the run before; %.1f MB in %s\n",
		grouped(int64(got.Done())), grouped(got.Lines), grouped(int64(got.Changed)), grouped(int64(got.Unchanged)), grouped(int64(got.Kept)),
		float64(got.Bytes)/1e6, got.Elapsed.Round(10*time.Millisecond))
	return err
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

type breachVerifyCmd struct {
	Path string `arg:"" default:"gatehouse-data/breach" help:"Folder of an index, or one file. Default: gatehouse-data/breach."`
}

// Run verifies one file, or every segment that is in use.
func (c *breachVerifyCmd) Run(ctx context.Context, std streams) error {
	info, err := os.Stat(c.Path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return verifyFile(ctx, std, c.Path)
	}
	m, err := breach.ReadManifest(c.Path)
	if err != nil {
		return err
	}
	for _, segment := range m.Segments {
		path := breachDir{c.Path}.path(segment)
		if err := verifySum(path, segment.SHA256); err != nil {
			return err
		}
		if err := verifyFile(ctx, std, path); err != nil {
			return err
		}
	}
	return nil
}

func verifyFile(ctx context.Context, std streams, path string) (err error) {
	s, err := brx.Open(path, brx.OpenOptions{Pread: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	display := newMeter(std.err)
	err = s.Verify(ctx, func(done, total int64) {
		display.show("verify", fmt.Sprintf("verify  %s of %s pages", grouped(done), grouped(total)))
	})
	display.end()
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	_, err = fmt.Fprintf(std.out, "%s: %s entries, all right\n", path, grouped(int64(s.Info().Entries)))
	return err
}

// verifySum compares a file with what the manifest says about it.
func verifySum(path string, want []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	if !bytes.Equal(h.Sum(nil), want) {
		return fmt.Errorf("verify %s: this is not the file that was published: its SHA-256 is another", path)
	}
	return nil
}

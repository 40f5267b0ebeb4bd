package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

type breachMergeCmd struct {
	Index breachDir `embed:""`
	Role  string    `enum:"base,operator,pairs" default:"base" help:"base: the base with the deltas to it, the newest count holds. operator, pairs: the lists of that role, counts are added."`
	Alg   string    `enum:"sha1,ntlm,hmac-password,hmac-pair" default:"sha1" help:"Which hashes; for pairs it is hmac-pair."`
	Keep  bool      `help:"Keep the files that were merged."`
}

// Run merges what is in use, and puts the result into its place.
func (c *breachMergeCmd) Run(ctx context.Context, std streams) error {
	if c.Role == string(breach.Pairs) {
		c.Alg = brx.HMACPair.String()
	}
	m, err := c.Index.manifest()
	if err != nil {
		return err
	}
	mounts, segments, err := c.open(m)
	if err != nil {
		return err
	}
	defer closeAll(segments)
	if len(mounts) < 2 {
		return fmt.Errorf("there is nothing to merge: %d segments of %s in the role %s", len(mounts), c.Alg, c.Role)
	}
	rule := breach.Add
	if c.Role == string(breach.Base) {
		rule = breach.Replace
	}
	first := segments[0].Info()
	options := brx.Options{Tail: true, Epoch: m.Epoch + 1, Source: first.Source, Licence: first.Licence}
	result := breach.Mount{Role: breach.Role(c.Role), Public: true, Path: fmt.Sprintf("%s-%s-%d.brx", c.Role, c.Alg, m.Epoch+1)}
	for i, s := range segments {
		options.Tail = options.Tail && s.Info().Tail
		result.Public = result.Public && mounts[i].Public // what was not public stays so
	}
	info, err := breach.Merge(ctx, filepath.Join(c.Index.Dir, result.Path), options, rule, segments...)
	if err != nil {
		return err
	}
	if err := publishSegment(c.Index, result, mounts, c.Keep); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %s entries from %d segments\n", result.Path, grouped(int64(info.Entries)), len(mounts))
	return err
}

// open opens the segments to be merged, the newest first.
func (c *breachMergeCmd) open(m breach.Manifest) (mounts []breach.Mount, segments []*brx.Segment, err error) {
	for _, mount := range m.Segments {
		role := mount.Role
		if role == breach.Delta {
			role = breach.Base
		}
		if string(role) != c.Role {
			continue
		}
		s, err := brx.Open(c.Index.path(mount), brx.OpenOptions{})
		if err != nil {
			return nil, nil, errors.Join(err, closeAll(segments))
		}
		if s.Info().Alg.String() != c.Alg {
			if err := s.Close(); err != nil {
				return nil, nil, errors.Join(err, closeAll(segments))
			}
			continue
		}
		mounts, segments = append(mounts, mount), append(segments, s)
	}
	return mounts, segments, nil
}

func closeAll(segments []*brx.Segment) error {
	var errs []error
	for _, s := range segments {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
)

type breachBuildCmd struct {
	Index breachDir `embed:""`
	Key   keyFile   `embed:""`

	Sources   []string      `arg:"" name:"source" help:"Files, folders of range files, or - for standard input. Gzip and zstd are recognised."`
	As        string        `enum:"auto,hashes,ranges,passwords,pairs" default:"auto" help:"What the sources hold: lines HASH:COUNT, a folder of range files, plain passwords, or lines user:password."`
	Role      string        `enum:"auto,base,delta,operator,pairs" default:"auto" help:"base: a whole published corpus, which replaces the one before and is checked as such. delta: a newer part of it. operator: a list of your own. auto: base for hashes, operator for passwords, pairs for pairs."`
	Alg       string        `enum:"auto,sha1,ntlm,hmac-password,hmac-pair" default:"auto" help:"How the hashes were made. auto: sha1, but hmac-password for passwords with --key-file, and hmac-pair for pairs."`
	Tail      bool          `help:"Keep whole hashes and exact counts: four times the size, no false alarm ever, and the range API can answer."`
	Public    bool          `help:"Let the range API serve it. Needs --tail."`
	Force     bool          `help:"Put into use what the checks refuse, and go on behind lines that are no hashes."`
	Restart   bool          `help:"Begin anew, even where an interrupted build could go on."`
	Keep      bool          `help:"Keep the file that the new one replaces."`
	Temp      string        `placeholder:"DIR" help:"Folder for temporary space, 24 bytes for each line of unsorted sources. Unset: the folder of the index."`
	Memory    int64         `placeholder:"MIB" default:"160" help:"Memory for sorting, in MiB."`
	SafeEvery time.Duration `placeholder:"TIME" default:"5s" help:"Time between two points that an interrupted build can go on from."`
	Users     breachUsers   `embed:""`
	Origin    string        `placeholder:"TEXT" help:"Where the list comes from, noted in the file."`
	Licence   string        `placeholder:"TEXT" help:"Under which terms, noted in the file."`
}

// Run builds a segment and publishes it.
func (c *breachBuildCmd) Run(ctx context.Context, src *sources, std streams) (err error) {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	role := c.role()
	current, err := c.Index.manifest()
	if err != nil {
		return err
	}
	replaced, err := c.replaces(current, role, cfg.Alg)
	if err != nil {
		return err
	}
	cfg.Epoch = current.Epoch + 1
	name := fmt.Sprintf("%s-%v-%d.brx", role, cfg.Alg, cfg.Epoch)
	cfg.Out = filepath.Join(c.Index.Dir, name)
	if role == breach.Base {
		cfg.Complete = true
		for _, m := range replaced {
			if m.Role == breach.Base {
				info, err := c.Index.info(m)
				if err != nil {
					return fmt.Errorf("read the corpus to be replaced: %w", err)
				}
				cfg.Previous = info.Entries
			}
		}
	}
	if err := os.MkdirAll(c.Index.Dir, 0o700); err != nil {
		return err
	}
	display := newMeter(std.err)
	cfg.Progress = display.imported
	users, err := c.Users.begin(ctx, src, &cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, users.close()) }()
	report, err := feed.Import(ctx, cfg)
	display.end()
	var refused *feed.Refusal
	switch {
	case errors.As(err, &refused) && cfg.Complete:
		return fmt.Errorf("refused: %w (a list that is no whole corpus has --role operator; --force puts this into use nevertheless)", err)
	case errors.As(err, &refused):
		return fmt.Errorf("refused: %w (--force puts it into use nevertheless)", err)
	case ctx.Err() != nil:
		return fmt.Errorf("stopped; the same command goes on where it was: %w", err)
	case err != nil:
		return err
	}
	if err := c.publish(name, role, replaced); err != nil {
		return err
	}
	if err := c.tell(std, report, name, replaced); err != nil {
		return err
	}
	return users.finish(std)
}

func (c *breachBuildCmd) config() (feed.Config, error) {
	key, err := c.Key.read()
	if err != nil {
		return feed.Config{}, err
	}
	if c.Public && !c.Tail {
		return feed.Config{}, errors.New("--public needs --tail: without it there is nothing that the range API could serve")
	}
	cfg := feed.Config{
		Key: key, Tail: c.Tail, Temp: c.Temp, Force: c.Force, Resume: !c.Restart,
		Memory: c.Memory << 20, SafeEvery: c.SafeEvery, Source: c.Origin, Licence: c.Licence,
	}
	if cfg.Alg, err = c.algorithm(key); err != nil {
		return cfg, err
	}
	if c.Users.CheckUsers && cfg.Alg != brx.HMACPair {
		return cfg, errors.New("--check-users needs pairs of user name and password: there is nothing to hold against a user otherwise")
	}
	if !cfg.Alg.Keyed() && key != nil {
		return cfg, fmt.Errorf("%v needs no --key-file", cfg.Alg)
	}
	if cfg.Alg.Keyed() && key == nil {
		return cfg, fmt.Errorf("%v needs --key-file", cfg.Alg)
	}
	for _, path := range c.Sources {
		source := feed.Source{Path: path}
		if c.As != "auto" {
			source.Kind = feed.Kind(c.As)
		}
		cfg.Sources = append(cfg.Sources, source)
	}
	return cfg, nil
}

func (c *breachBuildCmd) algorithm(key []byte) (brx.Alg, error) {
	for alg := brx.SHA1; alg <= brx.HMACPair; alg++ {
		if alg.String() == c.Alg {
			return alg, nil
		}
	}
	switch {
	case c.As == "pairs" || c.Role == "pairs":
		return brx.HMACPair, nil
	case c.As == "passwords" && key != nil:
		return brx.HMACPassword, nil
	}
	return brx.SHA1, nil
}

func (c *breachBuildCmd) role() breach.Role {
	switch {
	case c.Role != "auto":
		return breach.Role(c.Role)
	case c.As == "pairs" || c.Alg == brx.HMACPair.String():
		return breach.Pairs
	case c.As == "passwords":
		return breach.Operator
	}
	return breach.Base
}

// replaces tells what leaves with the new segment: a new base replaces the base
// of its kind of hashes and the deltas to it. All else is added.
func (c *breachBuildCmd) replaces(m breach.Manifest, role breach.Role, alg brx.Alg) (list []breach.Mount, err error) {
	if role != breach.Base {
		return nil, nil
	}
	for _, s := range m.Segments {
		if s.Role != breach.Base && s.Role != breach.Delta {
			continue
		}
		info, err := c.Index.info(s)
		if err != nil {
			return nil, fmt.Errorf("read the corpus to be replaced: %w", err)
		}
		if info.Alg == alg {
			list = append(list, s)
		}
	}
	return list, nil
}

// publish puts the new segment before the others, the newest first.
func (c *breachBuildCmd) publish(name string, role breach.Role, replaced []breach.Mount) error {
	return publishSegment(c.Index, breach.Mount{Path: name, Role: role, Public: c.Public}, replaced, c.Keep)
}

func publishSegment(dir breachDir, segment breach.Mount, replaced []breach.Mount, keep bool) error {
	gone := func(m breach.Mount) bool {
		return slices.ContainsFunc(replaced, func(r breach.Mount) bool { return r.Path == m.Path })
	}
	_, err := breach.ChangeManifest(dir.Dir, func(m *breach.Manifest) error {
		m.Segments = append([]breach.Mount{segment}, slices.DeleteFunc(m.Segments, gone)...)
		return nil
	})
	if err != nil {
		return errors.Join(err, dir.remove([]breach.Mount{segment}))
	}
	if keep {
		return nil
	}
	return dir.remove(replaced)
}

func (c *breachBuildCmd) tell(std streams, r feed.Report, name string, replaced []breach.Mount) error {
	fmt.Fprintf(std.out, "%s: %s entries from %s lines, %.1f MB, in %s\n", name, grouped(int64(r.Info.Entries)),
		grouped(r.Tally.Lines), float64(r.Info.Size)/1e6, r.Elapsed.Round(10*time.Millisecond))
	if r.Resumed {
		fmt.Fprintln(std.out, "went on with an interrupted build")
	}
	if r.Disorder != "" {
		fmt.Fprintf(std.out, "sorted, for it is out of order at %s\n", r.Disorder)
	}
	if n := r.Tally.RejectedLines(); n > 0 {
		fmt.Fprintf(std.out, "rejected %s lines (%s), the first at %s\n", grouped(n), r.Tally.Reasons(), r.Rejected.Place)
	}
	for _, problem := range r.Forced {
		fmt.Fprintf(std.out, "forced although: %s\n", problem)
	}
	for _, m := range replaced {
		fmt.Fprintf(std.out, "replaces %s\n", m.Path)
	}
	return nil
}

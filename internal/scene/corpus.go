package scene

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
	"github.com/gatehouse-id/gatehouse/breach/feed"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// corpus is the folder of a breach index that the server of a story watches.
type corpus struct {
	dir  string
	made int
}

var corpusKey = bytes.Repeat([]byte{7}, 32)

// newCorpus makes a folder with nothing in it but its manifest.
func newCorpus() (*corpus, error) {
	dir, err := os.MkdirTemp("", "gatehouse-scene")
	if err != nil {
		return nil, err
	}
	c := &corpus{dir: dir}
	_, err = breach.Publish(dir)
	return c, errors.Join(err, os.WriteFile(c.keyFile(), []byte(base64.StdEncoding.EncodeToString(corpusKey)), 0o600))
}

func (c *corpus) keyFile() string { return filepath.Join(c.dir, "pairs.key") }

func (c *corpus) close() error { return os.RemoveAll(c.dir) }

// pairs puts a list of leaked pairs into use, in the place of the one before.
func (w *world) pairs(_ context.Context, rest string) error {
	return w.publish(brx.HMACPair, breach.Pairs, rest)
}

// leaked puts a list of leaked passwords into use, in the place of the one before.
func (w *world) leaked(_ context.Context, rest string) error {
	return w.publish(brx.SHA1, breach.Operator, rest)
}

func (w *world) publish(alg brx.Alg, role breach.Role, lines string) error {
	w.corpus.made++
	list := filepath.Join(w.corpus.dir, "list.txt")
	if err := os.WriteFile(list, []byte(strings.ReplaceAll(lines, " ", "\n")+"\n"), 0o600); err != nil {
		return err
	}
	name := fmt.Sprintf("%d.brx", w.corpus.made)
	cfg := feed.Config{Sources: []feed.Source{{Path: list, Kind: feed.Passwords}}, Out: filepath.Join(w.corpus.dir, name), Alg: alg}
	if alg == brx.HMACPair {
		cfg.Sources[0].Kind, cfg.Key = feed.Pairs, corpusKey
	}
	if _, err := feed.Import(context.Background(), cfg); err != nil {
		return err
	}
	_, err := breach.ChangeManifest(w.corpus.dir, func(m *breach.Manifest) error {
		m.Segments = slices.DeleteFunc(m.Segments, func(s breach.Mount) bool { return s.Role == role })
		m.Segments = append(m.Segments, breach.Mount{Path: name, Role: role})
		return nil
	})
	if err != nil {
		return err
	}
	return w.server.ReloadBreach()
}

// unreadable takes the content of every list away under the server, as a disk
// does that dies: what is mapped faults when it is read.
func (w *world) unreadable(context.Context, string) error {
	paths, err := filepath.Glob(filepath.Join(w.corpus.dir, "*.brx"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("there is no list to make unreadable (%v)", err)
	}
	for _, path := range paths {
		if err := os.Truncate(path, 0); err != nil {
			return err
		}
	}
	return nil
}

// arrives holds a list of leaked pairs against the users, as its import does.
func (w *world) arrives(ctx context.Context, rest string) error {
	names, err := w.server.Recheck().Names(ctx)
	if err != nil {
		return err
	}
	w.ledger.turn()
	queue := w.server.Recheck().Queue(ctx, names)
	for _, pair := range strings.Fields(rest) {
		user, password, _ := strings.Cut(pair, ":")
		if err := queue.Candidate(breach.CanonicalUser([]byte(user)), []byte(password)); err != nil {
			return err
		}
	}
	if err := queue.Settle(); err != nil {
		return err
	}
	if err := w.server.Recheck().Drain(ctx); err != nil {
		return err
	}
	return w.ledger.look(ctx, w.server.Outbox())
}

// policy sets the pool's policy document, or that of a client: policy NAME JSON.
func (w *world) policy(ctx context.Context, rest string) error {
	at := threat.Place{PoolID: w.vars["pool"]}
	if !strings.HasPrefix(rest, "{") {
		var name string
		name, rest = word(rest)
		at.ClientID = w.vars[name]
	}
	p, err := threat.ParsePolicy([]byte(rest))
	if err != nil {
		return err
	}
	_, err = threat.NewPolicies(w.server.Store, w.clock.Now).Set(ctx, at, threat.AnyVersion, p, "story")
	return err
}

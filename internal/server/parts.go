package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
)

// Parts is what stands below the flows: commands that do not listen use it.
type Parts struct {
	Store  *store.Store
	Ring   *seal.Ring
	Keys   *keys.Keys
	Access *access.Keys
}

// Open opens the database and the keys that its secrets are sealed with.
func Open(ctx context.Context, cfg Config) (*Parts, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	master, made, err := cfg.master()
	if err != nil {
		return nil, err
	}
	database, err := cfg.database()
	if err != nil {
		return nil, err
	}
	p := new(Parts)
	if p.Store, err = store.Open(ctx, store.Config{URL: database}); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if p.Ring, err = ring(ctx, p.Store, master, cfg.Rand, cfg.Now()); err != nil {
		if made && errors.Is(err, seal.ErrOtherMaster) {
			err = cfg.lostMaster(err)
		}
		return nil, errors.Join(err, p.Store.Close())
	}
	p.Keys = keys.New(keys.Config{Store: p.Store, Ring: p.Ring, NewKey: cfg.NewKey, Now: cfg.Now})
	p.Access = access.New(access.Config{Store: p.Store, Ring: p.Ring, Now: cfg.Now, Rand: cfg.Rand})
	return p, nil
}

// Close closes the database.
func (p *Parts) Close() error { return p.Store.Close() }

// master finds the master key: given, in a file, or our own file, which is made at the first start.
func (c Config) master() (m *seal.Master, made bool, err error) {
	switch {
	case c.MasterKey != "" && c.MasterKeyFile != "":
		return nil, false, errors.New("both a master key and a master key file were given: give one")
	case c.MasterKey != "":
		m, err = seal.ParseMaster(c.MasterKey)
		return m, false, err
	case c.MasterKeyFile != "":
		m, err = seal.ReadMaster(c.MasterKeyFile)
		return m, false, err
	case c.Data == "":
		return nil, false, errors.New("no master key was given, and no data folder to keep one in")
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, false, fmt.Errorf("make the data folder: %w", err)
	}
	return seal.OpenMaster(c.ownMaster(), c.Rand)
}

func (c Config) ownMaster() string { return filepath.Join(c.Data, "master.key") }

// lostMaster takes back the master key that was made just now, for a database
// that another one sealed: left there, it would pass for the one that is missing.
func (c Config) lostMaster(why error) error {
	path := c.ownMaster()
	return errors.Join(
		fmt.Errorf("the database was sealed with a master key that is not at %s: put it there, or say where it is: %w", path, why),
		os.Remove(path))
}

// ring opens the data keys, and makes the first one. Two nodes that start at
// once agree on it: the one that comes second finds it there.
func ring(ctx context.Context, s *store.Store, master *seal.Master, rand io.Reader, now time.Time) (*seal.Ring, error) {
	fresh, err := master.NewDataKey(rand, now)
	if err != nil {
		return nil, fmt.Errorf("make data key: %w", err)
	}
	var list []seal.WrappedKey
	err = s.Update(ctx, func(tx *store.Tx) (err error) {
		if list, err = tx.DataKeys(); err != nil || len(list) > 0 {
			return err
		}
		list = []seal.WrappedKey{fresh}
		return tx.AddDataKey(fresh)
	})
	if err != nil {
		return nil, fmt.Errorf("load data keys: %w", err)
	}
	r, err := master.Ring(rand, list)
	if err != nil {
		return nil, fmt.Errorf("open data keys: %w", err)
	}
	return r, nil
}

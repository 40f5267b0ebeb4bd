package recheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"
	"sort"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// Names are all users' names by which a list of leaked pairs may know them, as
// hashes: 32 bytes a name, and nobody's name. It is made once and then only read.
type Names struct {
	seed  maphash.Seed
	pools []string
	list  []name // in order
}

// name is one name of one user.
type name struct {
	hash uint64
	pool uint32
	sub  [16]byte
}

func (a name) compare(b name) int {
	if a.hash != b.hash {
		if a.hash < b.hash {
			return -1
		}
		return 1
	}
	if a.pool != b.pool {
		return int(a.pool) - int(b.pool)
	}
	return bytes.Compare(a.sub[:], b.sub[:])
}

// page is how many users, or pools, one transaction reads.
const page = 500

// Names reads the names of all users whose pools hold passwords against leaked
// pairs: threat protection is on, and the policy matches pairs.
func (r *Recheck) Names(ctx context.Context) (*Names, error) {
	n := &Names{seed: maphash.MakeSeed()}
	for after := ""; ; {
		var pools []*model.Pool
		err := r.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
			pools, err = tx.Pools(after, page)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list pools: %w", err)
		}
		for _, p := range pools {
			after = p.ID
			if p.Mode() == model.ModeOff || threat.Effective(p, nil).Breach.Match == model.MatchPasswords {
				continue
			}
			if err := n.read(ctx, r.cfg.Store, p); err != nil {
				return nil, fmt.Errorf("list users of pool %s: %w", p.ID, err)
			}
		}
		if len(pools) < page {
			break
		}
	}
	slices.SortFunc(n.list, name.compare)
	n.list = slices.Compact(n.list)
	return n, nil
}

// Len is how many names there are.
func (n *Names) Len() int { return len(n.list) }

func (n *Names) read(ctx context.Context, s *store.Store, p *model.Pool) error {
	pool := uint32(len(n.pools))
	n.pools = append(n.pools, p.ID)
	var at store.Cursor
	for {
		var users []*model.User
		var next *store.Cursor
		err := s.View(ctx, func(tx *store.Tx) (err error) {
			users, next, err = tx.Users(p, filter.Filter{}, at, page)
			return err
		})
		if err != nil {
			return err
		}
		for _, u := range users {
			sub, err := uuid.Parse(u.Sub)
			if err != nil || u.Credential == nil {
				continue
			}
			for _, text := range threat.Names(u) {
				n.list = append(n.list, name{n.hash(breach.CanonicalUser([]byte(text))), pool, sub})
			}
		}
		if next == nil {
			return nil
		}
		at = *next
	}
}

func (n *Names) hash(canonical []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	h.Write(canonical) //nolint:errcheck // never fails
	return h.Sum64()
}

// find calls fn with each user who may go by a canonical name: two names of one
// hash are not told apart, which costs a check and no more.
func (n *Names) find(canonical []byte, fn func(poolID, sub string) error) error {
	h := n.hash(canonical)
	i := sort.Search(len(n.list), func(i int) bool { return n.list[i].hash >= h })
	for ; i < len(n.list) && n.list[i].hash == h; i++ {
		if err := fn(n.pools[n.list[i].pool], uuid.UUID(n.list[i].sub).String()); err != nil {
			return err
		}
	}
	return nil
}

// fingerprint tells one candidate from another, in this process alone.
func (n *Names) fingerprint(poolID, sub string, password []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	for _, part := range [][]byte{[]byte(poolID), []byte(sub), password} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		h.Write(length[:]) //nolint:errcheck // never fails
		h.Write(part)      //nolint:errcheck // never fails
	}
	return h.Sum64()
}

package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Ring holds the open data keys: the newest seals, all of them open, the oldest
// derives. It is safe for concurrent use where its source of randomness is. It
// prints as [redacted].
type Ring struct {
	random io.Reader
	newest sealer
	keys   map[id]sealer
	derive *[keySize]byte // of the oldest key; behind a pointer, so that printing stops there
	redacted
}

// Ring opens the data keys. There must be at least one; newest and oldest are
// told by CreatedAt, then ID. The nonces of its boxes are read from random, nil
// being crypto/rand; a reader of your own must be safe for concurrent use.
func (m *Master) Ring(random io.Reader, keys []WrappedKey) (*Ring, error) {
	if len(keys) == 0 {
		return nil, errors.New("open key ring: no data keys")
	}
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b WrappedKey) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	r := &Ring{random: orSystem(random), keys: make(map[id]sealer, len(keys))}
	for i, wrapped := range keys {
		name, key, err := m.unwrap(wrapped)
		if err != nil {
			return nil, fmt.Errorf("open key ring: %w", err)
		}
		if _, twice := r.keys[name]; twice {
			return nil, fmt.Errorf("open key ring: two data keys have the id %s", wrapped.ID)
		}
		if i == 0 {
			r.derive = (*[keySize]byte)(subkey(key, "derive"))
		}
		r.newest = newSealer(name, key)
		r.keys[name] = r.newest
	}
	return r, nil
}

// Seal hides and authenticates plain for one purpose ("totp secret") and one
// place, which the bind strings tell (pool id, sub). Open must be given the same.
func (r *Ring) Seal(purpose string, plain []byte, bind ...string) []byte {
	return r.newest.seal(r.random, purpose, plain, bind)
}

// Open returns what was sealed, or ErrOpen: for a damaged box, another purpose,
// another place and a key that the ring does not hold alike.
func (r *Ring) Open(purpose string, box []byte, bind ...string) ([]byte, error) {
	name, ok := keyOf(box)
	if !ok {
		return nil, ErrOpen
	}
	key, ok := r.keys[name]
	if !ok {
		return nil, ErrOpen
	}
	return key.open(purpose, box, bind)
}

// Derive makes 32 bytes that look random and are the same each time for the
// same purpose and bind strings, for instance the salt of a user who does not
// exist. They come from the oldest data key, so that adding a key changes none
// of them; removing the oldest changes all.
func (r *Ring) Derive(purpose string, bind ...string) []byte {
	info := string(additional(nil, purpose, bind))
	return must(hkdf.Expand(sha256.New, r.derive[:], info, keySize))
}

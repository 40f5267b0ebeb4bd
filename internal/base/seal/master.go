package seal

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Master is the key that wraps data keys. It prints as [redacted].
type Master struct {
	sealer
	redacted
}

// WrappedKey is a data key as the database keeps it. It is no secret without
// its master.
type WrappedKey struct {
	ID        string    // 16 hexadecimal digits, random
	MasterID  string    // Master.ID of the key that wrapped it
	Box       []byte    // see the package documentation
	CreatedAt time.Time // UTC, whole microseconds; authenticated by the box
}

const dataKeyPurpose = "data key"

// ParseMaster reads a master key: base64 of 32 bytes, in the standard or the
// URL alphabet, with or without padding, white space around it ignored. What
// `openssl rand -base64 32` prints is one. Its errors never repeat the input.
func ParseMaster(s string) (*Master, error) {
	s = strings.TrimSpace(s)
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSuffix(s, "="))
	if want := base64.RawStdEncoding.EncodedLen(keySize); len(s) != want {
		return nil, fmt.Errorf("a master key is 32 bytes in base64, which is %d characters without padding: found %d", want, len(s))
	}
	key, err := base64.RawStdEncoding.Strict().DecodeString(s)
	if err != nil || len(key) != keySize {
		return nil, errors.New("a master key is 32 bytes in base64: found a character or an ending that is not base64")
	}
	return newMaster(key), nil
}

func newMaster(key []byte) *Master {
	return &Master{sealer: newSealer(id(subkey(key, "id")[:idSize]), key)}
}

// ID names the key: 16 hexadecimal digits, derived from it one way.
func (m *Master) ID() string { return hex.EncodeToString(m.id[:]) }

// NewDataKey makes a random data key and wraps it. A nil random is crypto/rand.
func (m *Master) NewDataKey(random io.Reader, now time.Time) (WrappedKey, error) {
	random = orSystem(random)
	var fresh struct {
		name id
		key  [keySize]byte
	}
	for _, b := range [][]byte{fresh.name[:], fresh.key[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return WrappedKey{}, fmt.Errorf("make data key: %w", err)
		}
	}
	k := WrappedKey{
		ID:        hex.EncodeToString(fresh.name[:]),
		MasterID:  m.ID(),
		CreatedAt: now.UTC().Truncate(time.Microsecond),
	}
	k.Box = m.seal(random, dataKeyPurpose, fresh.key[:], k.bind())
	return k, nil
}

// ErrOtherMaster says that a data key was wrapped by another master key.
var ErrOtherMaster = errors.New("not the master key of these data")

// unwrap opens a data key.
func (m *Master) unwrap(k WrappedKey) (id, []byte, error) {
	if k.MasterID != m.ID() {
		return id{}, nil, fmt.Errorf("%w: data key %s was wrapped by master key %s, and this is master key %s", ErrOtherMaster, k.ID, k.MasterID, m.ID())
	}
	raw, err := hex.DecodeString(k.ID)
	if err != nil || len(raw) != idSize {
		return id{}, nil, fmt.Errorf("data key %q: its id is not %d hexadecimal digits", k.ID, 2*idSize)
	}
	key, err := m.open(dataKeyPurpose, k.Box, k.bind())
	if err != nil {
		return id{}, nil, fmt.Errorf("data key %s: %w", k.ID, err)
	}
	if len(key) != keySize {
		return id{}, nil, fmt.Errorf("data key %s: it has %d bytes, not %d", k.ID, len(key), keySize)
	}
	return id(raw), key, nil
}

// bind ties the wrapped bytes to the other columns of their row: the creation
// time decides which key seals and which derives, so nobody may edit it.
func (k WrappedKey) bind() []string {
	return []string{k.ID, strconv.FormatInt(k.CreatedAt.UnixMicro(), 10)}
}

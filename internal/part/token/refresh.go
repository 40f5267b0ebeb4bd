package token

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
)

// ErrRefresh is a refresh token that is not one of ours for this pool: forged,
// damaged, of another pool or sealed with a key that is gone.
var ErrRefresh = errors.New("refresh token is not valid")

// Refresh is what a refresh token carries: which chain of tokens it belongs to,
// and how many rotations led to it. Whether that chain still lives, the
// database knows.
type Refresh struct {
	PoolID     string
	FamilyID   string // 1 to 128 bytes
	Generation int64  // 0 for the token of the sign-in, one more for each rotation
}

const (
	refreshPurpose = "refresh token"
	maxFamilyID    = 128
	maxRefresh     = 1024
)

// refreshHeader is the first part of every refresh token. Clients look no
// further than the alphabet, and some at the number of parts.
var refreshHeader = base64url.EncodeToString([]byte(`{"cty":"JWT","enc":"XC20P","alg":"dir"}`))

// SealRefresh writes a refresh token: five parts in base64url with dots
// between, as a compact JWE (RFC 7516) has them,
//
//	header . version and key id . nonce . ciphertext . tag
//
// where the last four are a box of base/seal, cut. It is sealed for its pool.
// It needs no secret beside the box: nobody without the key can make one, and
// the nonce makes each one different.
func SealRefresh(r *seal.Ring, t Refresh) string {
	if t.FamilyID == "" || len(t.FamilyID) > maxFamilyID || t.Generation < 0 {
		panic(fmt.Sprintf("seal refresh token: family of %d bytes, generation %d", len(t.FamilyID), t.Generation))
	}
	plain := binary.BigEndian.AppendUint64(nil, uint64(t.Generation))
	plain = append(plain, t.FamilyID...)
	return writeRefresh(r.Seal(refreshPurpose, plain, t.PoolID))
}

// OpenRefresh reads a refresh token of the pool, or fails with ErrRefresh.
func OpenRefresh(r *seal.Ring, poolID, token string) (Refresh, error) {
	box, ok := readRefresh(token)
	if !ok {
		return Refresh{}, ErrRefresh
	}
	plain, err := r.Open(refreshPurpose, box, poolID)
	if err != nil || len(plain) <= 8 {
		return Refresh{}, ErrRefresh
	}
	generation := binary.BigEndian.Uint64(plain)
	if generation > math.MaxInt64 {
		return Refresh{}, ErrRefresh
	}
	return Refresh{PoolID: poolID, FamilyID: string(plain[8:]), Generation: int64(generation)}, nil
}

// writeRefresh cuts a box where its fields meet.
func writeRefresh(box []byte) string {
	const prefix, nonce, tag = 9, 24, 16
	b := append(make([]byte, 0, maxRefresh), refreshHeader...)
	for _, n := range []int{prefix, nonce, len(box) - seal.Overhead, tag} {
		b = append(b, '.')
		b = base64url.AppendEncode(b, box[:n])
		box = box[n:]
	}
	return string(b)
}

// readRefresh undoes writeRefresh. It takes one spelling only, so that no second
// text passes for the same token.
func readRefresh(token string) (box []byte, ok bool) {
	if len(token) > maxRefresh {
		return nil, false
	}
	parts := strings.Split(token, ".")
	if len(parts) != 5 {
		return nil, false
	}
	for _, part := range parts[1:] {
		var err error
		if box, err = base64url.AppendDecode(box, []byte(part)); err != nil {
			return nil, false
		}
	}
	return box, len(box) > seal.Overhead && writeRefresh(box) == token
}

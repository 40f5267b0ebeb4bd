package srp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
)

// Client is the user's side of one exchange, for tests, demonstrations and the
// load generator. It computes with math/big, apart from the server's
// arithmetic, so that an agreement of the two proves something; it is not
// constant-time and not for holding other people's passwords.
type Client struct {
	poolName string
	a        *big.Int
	public   *big.Int
}

// group is N, g and k as the client needs them.
type group struct{ n, g, k *big.Int }

func newGroup() group {
	n, _ := new(big.Int).SetString(primeHex, 16)
	k := sha256.Sum256(append(pad(n.Bytes()), 2))
	return group{n: n, g: big.NewInt(2), k: new(big.Int).SetBytes(k[:])}
}

// NewClient draws the client's secret from rand. The pool name is the pool's
// id after the underscore.
func NewClient(rand io.Reader, poolName string) (*Client, error) {
	a := make([]byte, SecretBytes)
	if _, err := io.ReadFull(rand, a); err != nil {
		return nil, fmt.Errorf("read randomness for an SRP client: %w", err)
	}
	gr := newGroup()
	c := &Client{poolName: poolName, a: new(big.Int).SetBytes(a)}
	c.public = new(big.Int).Exp(gr.g, c.a, gr.n)
	return c, nil
}

// A is SRP_A: lower-case hex without leading zeros.
func (c *Client) A() string { return c.public.Text(16) }

// Answer turns the parameters of a PASSWORD_VERIFIER challenge (SALT, SRP_B,
// SECRET_BLOCK, USER_ID_FOR_SRP) into the responses to send. USERNAME in the
// answer is USER_ID_FOR_SRP, as the SDKs do. The caller adds SECRET_HASH where
// the app client has a secret. The error says what is wrong with a parameter.
func (c *Client) Answer(params map[string]string, password string, now time.Time) (map[string]string, error) {
	salt, err := decodeHex(params["SALT"])
	if err != nil {
		return nil, fmt.Errorf("read SALT: %w", err)
	}
	b, err := decodeHex(params["SRP_B"])
	if err != nil {
		return nil, fmt.Errorf("read SRP_B: %w", err)
	}
	block, err := base64.StdEncoding.DecodeString(params["SECRET_BLOCK"])
	if err != nil {
		return nil, fmt.Errorf("read SECRET_BLOCK: %w", err)
	}
	userID := params["USER_ID_FOR_SRP"]
	key, err := c.sessionKey(salt, new(big.Int).SetBytes(b), userID, password)
	if err != nil {
		return nil, err
	}
	timestamp := FormatTimestamp(now)
	signature := Signature(key, c.poolName, userID, block, timestamp)
	return map[string]string{
		"USERNAME":                    userID,
		"PASSWORD_CLAIM_SECRET_BLOCK": params["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE":    base64.StdEncoding.EncodeToString(signature),
		"TIMESTAMP":                   timestamp,
	}, nil
}

// sessionKey is the key of S = (B − k·g^x)^(a + u·x) mod N.
func (c *Client) sessionKey(salt []byte, b *big.Int, userID, password string) ([]byte, error) {
	gr := newGroup()
	u := scramble(c.public.Bytes(), b.Bytes())
	scrambler := new(big.Int).SetBytes(u)
	if new(big.Int).Mod(b, gr.n).Sign() == 0 || scrambler.Sign() == 0 {
		return nil, errors.New("the server's SRP_B gives the key away")
	}
	hash := privateKey(salt, c.poolName, userID, password)
	x := new(big.Int).SetBytes(hash[:])

	base := new(big.Int).Exp(gr.g, x, gr.n)
	base.Mul(base, gr.k).Sub(b, base).Mod(base, gr.n)
	exponent := scrambler.Mul(scrambler, x)
	exponent.Add(exponent, c.a)
	return deriveKey(u, base.Exp(base, exponent, gr.n).Bytes()), nil
}

func decodeHex(s string) ([]byte, error) {
	if s == "" || len(s) > maxHex {
		return nil, fmt.Errorf("%d hex digits", len(s))
	}
	return hex.DecodeString(strings.Repeat("0", len(s)%2) + s)
}

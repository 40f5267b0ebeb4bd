package token

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Why a token is refused. Callers choose the words that clients know.
var (
	// ErrExpired is a token that was good in everything and is no longer:
	// "Access Token has expired".
	ErrExpired = errors.New("token has expired")
	// ErrInvalid is every other refusal: "Invalid Access Token".
	ErrInvalid = errors.New("token is not valid")
)

// Use is what a token is for: the claim token_use.
type Use string

// The two uses of signed tokens.
const (
	ID     = Use("id")
	Access = Use("access")
)

// Expect is what a token must say. Both members are required: a zero Expect
// refuses everything.
type Expect struct {
	Issuer string // compared literally
	Use    Use
}

// Verified is a token whose signature, issuer, use and time hold.
type Verified struct {
	Subject   string // sub
	Username  string // username of an access token, cognito:username of an ID token
	ClientID  string // client_id of an access token, aud of an ID token
	Issuer    string
	Use       Use
	JTI       string
	OriginJTI string
	EventID   string
	DeviceKey string
	Scopes    []string
	// NewPasswordDue tells that the token was good for a new password only.
	NewPasswordDue bool

	// To the second, UTC; zero where the token does not say.
	IssuedAt, AuthTime, Expires time.Time

	payload []byte
}

// claims are the members that Verify reads.
type claims struct {
	Subject    string  `json:"sub"`
	Issuer     string  `json:"iss"`
	Use        Use     `json:"token_use"`
	ClientID   string  `json:"client_id"`
	Audience   string  `json:"aud"`
	Username   string  `json:"username"`
	IDUsername string  `json:"cognito:username"`
	JTI        string  `json:"jti"`
	OriginJTI  string  `json:"origin_jti"`
	EventID    string  `json:"event_id"`
	DeviceKey  string  `json:"device_key"`
	Scope      string  `json:"scope"`
	Due        bool    `json:"gatehouse:new_password_due"`
	IssuedAt   seconds `json:"iat"`
	AuthTime   seconds `json:"auth_time"`
	Expires    seconds `json:"exp"`
	NotBefore  seconds `json:"nbf"`
}

// seconds since the epoch; 0 is absent.
type seconds int64

func (s seconds) time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// Verify checks a token against the keys of one pool. Time has no leeway: a
// token is expired from the second of its exp on. iat is not compared with now,
// since what we signed says what one of our own clocks said, and the clock of
// another node may be a moment behind.
func (s KeySet) Verify(token string, now time.Time, want Expect) (Verified, error) {
	payload, err := s.payload(token)
	if err != nil {
		return Verified{}, err
	}
	var c claims
	if err := wire.Read(payload, &c); err != nil {
		return Verified{}, fmt.Errorf("%w: its claims are not of ours", ErrInvalid)
	}
	switch {
	case want.Issuer == "" || c.Issuer != want.Issuer:
		return Verified{}, fmt.Errorf("%w: another issuer", ErrInvalid)
	case want.Use == "" || c.Use != want.Use:
		return Verified{}, fmt.Errorf("%w: another use", ErrInvalid)
	case c.Expires <= 0:
		return Verified{}, fmt.Errorf("%w: it has no end", ErrInvalid)
	case now.Before(c.NotBefore.time()):
		return Verified{}, fmt.Errorf("%w: not yet", ErrInvalid)
	case !now.Before(c.Expires.time()):
		return Verified{}, ErrExpired
	}
	return c.verified(payload), nil
}

// payload returns the claims of a token whose signature holds, still as JSON.
func (s KeySet) payload(token string) ([]byte, error) {
	if len(token) > MaxSize {
		return nil, fmt.Errorf("%w: over %d bytes", ErrInvalid, MaxSize)
	}
	head := strings.IndexByte(token, '.') + 1
	tail := strings.LastIndexByte(token, '.')
	public, known := s.byHeader[token[:head]]
	if !known || tail < head {
		return nil, fmt.Errorf("%w: not of these keys", ErrInvalid)
	}
	// The length is asked of the text, because the decoder skips line ends and
	// one token would have many spellings.
	signature, err := base64url.DecodeString(token[tail+1:])
	if err != nil || len(token[tail+1:]) != base64url.EncodedLen(public.Size()) {
		return nil, fmt.Errorf("%w: not a signature of this key", ErrInvalid)
	}
	digest := sha256.Sum256([]byte(token[:tail]))
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) != nil {
		return nil, fmt.Errorf("%w: the signature does not hold", ErrInvalid)
	}
	payload, err := base64url.DecodeString(token[head:tail])
	if err != nil {
		return nil, fmt.Errorf("%w: not base64url", ErrInvalid)
	}
	return payload, nil
}

func (c claims) verified(payload []byte) Verified {
	v := Verified{
		Subject:        c.Subject,
		Username:       c.Username,
		ClientID:       c.ClientID,
		Issuer:         c.Issuer,
		Use:            c.Use,
		JTI:            c.JTI,
		OriginJTI:      c.OriginJTI,
		EventID:        c.EventID,
		DeviceKey:      c.DeviceKey,
		Scopes:         strings.Fields(c.Scope),
		NewPasswordDue: c.Due,
		IssuedAt:       c.IssuedAt.time(),
		AuthTime:       c.AuthTime.time(),
		Expires:        c.Expires.time(),
		payload:        payload,
	}
	if c.Use == ID {
		v.Username, v.ClientID = c.IDUsername, c.Audience
	}
	return v
}

// Claims are all members of the token, as they stand in it; numbers are float64.
func (v Verified) Claims() Claims {
	var all Claims
	if wire.Read(v.payload, &all) != nil {
		return nil // a zero Verified: what Verify returned was read before
	}
	return all
}

// Issuer tells which issuer a token names, so that the caller can find the keys
// to verify it with; "" where it names none. Nothing is verified yet: whoever
// sent the token chose this text, so it may pick a pool and nothing else.
func Issuer(token string) string {
	if len(token) > MaxSize {
		return ""
	}
	_, rest, _ := strings.Cut(token, ".")
	part, _, _ := strings.Cut(rest, ".")
	payload, err := base64url.DecodeString(part)
	if err != nil {
		return ""
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if wire.Decode(payload, &c) != nil { // not Read: these bytes are a stranger's
		return ""
	}
	return c.Issuer
}

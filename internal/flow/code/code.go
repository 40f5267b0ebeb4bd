// Package code gives one-time codes: issued, delivered through the outbox, checked.
//
//	Issue ─┬─ code row: a keyed digest         one Update, together with
//	       └─ outbox row: the sealed message   what the flow does
//	Check ── right | CodeMismatch, and counted | ExpiredCode
//
// Nobody who reads the database can tell a code: the digest is keyed, the
// message is sealed.
package code

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// MaxAttempts is how many wrong answers one code survives. With the hourly
// limits of the flows, a guesser's chance stays near one in 70,000 an hour.
const MaxAttempts = 5

// Purpose is what a code is good for. A user has at most one code for each.
type Purpose string

const signIn = "mfa:"

// The purposes beside Verify.
const (
	SignUp         = Purpose("signup")
	ForgotPassword = Purpose("forgot")
)

// Verify is the purpose of a code that proves a new value of an attribute: email or phone_number.
func Verify(attribute string) Purpose { return Purpose("verify:" + attribute) }

// SignIn is the purpose of a code that is a factor of one sign-in, which its
// session names: a code of another sign-in, however new, is not good for it.
func SignIn(session string) Purpose { return Purpose(signIn + session) }

// validity is how long a code is good (spec 13), but for SignIn.
func (p Purpose) validity() time.Duration {
	if p == ForgotPassword {
		return time.Hour
	}
	return 24 * time.Hour
}

// Config of the codes.
type Config struct {
	Ring   *seal.Ring
	Outbox *outbox.Outbox
	Now    func() time.Time
	Rand   io.Reader
}

// Codes issues and checks. It is safe for concurrent use.
type Codes struct{ cfg Config }

// New makes Codes.
func New(cfg Config) *Codes {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Codes{cfg}
}

// Wake tells that a transaction that issued codes was committed. It never blocks.
func (c *Codes) Wake() { c.cfg.Outbox.Wake() }

// The refusals of Check.
var (
	mismatch = fault.New(fault.CodeMismatch, "Invalid verification code provided, please try again.")
	expired  = fault.New(fault.ExpiredCode, "Invalid code provided, please request a code again.")
)

// Mismatch is the refusal of a wrong code, for flows that must say it of a code that never was.
func Mismatch() error { return mismatch }

// Address is a place to send to: an attribute (email or phone_number) and its value.
type Address struct{ Attribute, Value string }

// Channel is how messages reach the address.
func (a Address) Channel() notify.Channel {
	if a.Attribute == "phone_number" {
		return notify.SMS
	}
	return notify.Email
}

// Delivery is what a client may know of a message that was sent: CodeDeliveryDetails.
type Delivery struct {
	Destination string // masked
	Medium      notify.Channel
	Attribute   string
}

// Masked is the Delivery of a message to the address.
func (a Address) Masked() Delivery {
	d := Delivery{Destination: notify.MaskEmail(a.Value), Medium: a.Channel(), Attribute: a.Attribute}
	if d.Medium == notify.SMS {
		d.Destination = notify.MaskPhone(a.Value)
	}
	return d
}

// Issue makes a code for the user, in place of the one before for the same
// purpose, and posts the message that carries it. The code vouches for the
// address: Check returns it. Call Wake after the commit.
func (c *Codes) Issue(tx *store.Tx, p *model.Pool, u *model.User, purpose Purpose, to Address) (Delivery, error) {
	return c.issue(tx, p, u, purpose, to, verification(p), c.cfg.Now().Add(purpose.validity()))
}

// IssueSignIn is Issue for a factor of a sign-in, which lasts until its session ends.
func (c *Codes) IssueSignIn(tx *store.Tx, p *model.Pool, u *model.User, session string, to Address, until time.Time) (Delivery, error) {
	return c.issue(tx, p, u, SignIn(session), to, authentication(p), until)
}

func (c *Codes) issue(tx *store.Tx, p *model.Pool, u *model.User, purpose Purpose, to Address, words templates, until time.Time) (Delivery, error) {
	plain, err := c.draw()
	if err != nil {
		return Delivery{}, err
	}
	row := &model.Code{
		PoolID: p.ID, Sub: u.Sub, Purpose: string(purpose),
		Digest: c.digest(p.ID, u.Sub, purpose, plain), Value: to.Attribute + ":" + to.Value,
		CreatedAt: c.cfg.Now(), ExpiresAt: until,
	}
	if err := tx.SaveCode(row); err != nil {
		return Delivery{}, fmt.Errorf("save code: %w", err)
	}
	text := words.fill(to.Channel(), p.NameOf(u), plain)
	return to.Masked(), c.post(tx, p, kindOf(purpose), to, text, until)
}

// Invite posts the message that tells a user the temporary password that an
// administrator set. Call Wake after the commit.
func (c *Codes) Invite(tx *store.Tx, p *model.Pool, u *model.User, to Address, password string) (Delivery, error) {
	text := invitation(p).fill(to.Channel(), p.NameOf(u), password)
	return to.Masked(), c.post(tx, p, "AdminCreateUser", to, text, c.cfg.Now().Add(outbox.GiveUpAfter))
}

func kindOf(purpose Purpose) string {
	switch {
	case purpose == SignUp:
		return "SignUp"
	case purpose == ForgotPassword:
		return "ForgotPassword"
	case strings.HasPrefix(string(purpose), signIn):
		return "Authentication"
	}
	return "VerifyUserAttribute"
}

// Check compares an answer with the code that the user was sent for a purpose,
// and returns the address that it went to. A fault is the verdict: wrong
// answers are counted in tx, so commit it all the same. The caller drops the
// code once what it allows is done.
func (c *Codes) Check(tx *store.Tx, poolID, sub string, purpose Purpose, answer string) (Address, error) {
	row, err := tx.Code(poolID, sub, string(purpose))
	if errors.Is(err, store.ErrNotFound) {
		return Address{}, expired
	}
	if err != nil {
		return Address{}, fmt.Errorf("read code: %w", err)
	}
	if !c.cfg.Now().Before(row.ExpiresAt) || row.Attempts >= MaxAttempts {
		return Address{}, expired
	}
	if !hmac.Equal(row.Digest, c.digest(poolID, sub, purpose, answer)) {
		row.Attempts++
		if err := tx.SaveCode(row); err != nil {
			return Address{}, fmt.Errorf("count a wrong code: %w", err)
		}
		return Address{}, mismatch
	}
	attribute, value, _ := strings.Cut(row.Value, ":")
	return Address{attribute, value}, nil
}

// Matches tells whether an answer is right as of now, and counts nothing: Check is
// what a client may be told by.
func (c *Codes) Matches(tx *store.Tx, poolID, sub string, purpose Purpose, answer string) (bool, error) {
	row, err := tx.Code(poolID, sub, string(purpose))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read code: %w", err)
	}
	return c.cfg.Now().Before(row.ExpiresAt) && row.Attempts < MaxAttempts &&
		hmac.Equal(row.Digest, c.digest(poolID, sub, purpose, answer)), nil
}

// Pending is the address that a waiting code was sent to; the zero Address when none is.
func (c *Codes) Pending(tx *store.Tx, poolID, sub string, purpose Purpose) (Address, error) {
	row, err := tx.Code(poolID, sub, string(purpose))
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.cfg.Now().Before(row.ExpiresAt) {
		return Address{}, nil
	}
	if err != nil {
		return Address{}, fmt.Errorf("read code: %w", err)
	}
	attribute, value, _ := strings.Cut(row.Value, ":")
	return Address{attribute, value}, nil
}

// digest is what the store keeps of a code. Its key is of this pool, user and
// purpose alone: a million codes are quickly tried, so it must not be guessable.
func (c *Codes) digest(poolID, sub string, purpose Purpose, plain string) []byte {
	mac := hmac.New(sha256.New, c.cfg.Ring.Derive("one-time code", poolID, sub, string(purpose)))
	mac.Write([]byte(plain))
	return mac.Sum(nil)
}

// draw makes six digits, all equally likely: numbers beyond the last whole
// million of 2^32 are drawn again.
func (c *Codes) draw() (string, error) {
	const million = 1_000_000
	for {
		var random [4]byte
		if _, err := io.ReadFull(c.cfg.Rand, random[:]); err != nil {
			return "", fmt.Errorf("draw a code: %w", err)
		}
		if n := binary.BigEndian.Uint32(random[:]); n < (1<<32)/million*million {
			return fmt.Sprintf("%06d", n%million), nil
		}
	}
}

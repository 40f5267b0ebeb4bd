package admin

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
)

// Lockout is what failures of a user still count.
type Lockout struct {
	UserID   string     `json:"sub"`
	Username string     `json:"username"`
	Failures []Failures `json:"failures"` // none: nothing is held against the user
}

// Failures are those of one kind, from one kind of place.
type Failures struct {
	// account: passwords, from everywhere. secondFactor: codes. place: passwords,
	// from one device or network that the user is known for.
	Of          string    `json:"of"`
	Count       int64     `json:"count"`
	LastAt      time.Time `json:"lastAt"`
	Locked      bool      `json:"locked"` // attempts are refused
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	ForgottenAt time.Time `json:"forgottenAt"` // unless there is another
}

// The failures of a user that still count, and whether they lock.
func (d *Door) lockout(ctx context.Context, c *call) (*Lockout, error) {
	u, list, err := d.Accounts.Lockouts(ctx, c.target())
	if err != nil {
		return nil, err
	}
	out := &Lockout{UserID: u.Sub, Username: u.Username, Failures: make([]Failures, len(list))}
	now := d.Now()
	for i, l := range list {
		out.Failures[i] = Failures{
			Of: failuresOf(l, u.Sub), Count: l.Failures, LastAt: l.LastAt.UTC(), Locked: now.Before(l.LockedUntil), ForgottenAt: l.ForgetAt.UTC(),
		}
		if !l.LockedUntil.IsZero() {
			out.Failures[i].LockedUntil = l.LockedUntil.UTC()
		}
	}
	return out, nil
}

func (c *call) target() account.Target {
	return account.Target{PoolID: c.path["pool"], Username: c.path["user"]}
}

func failuresOf(l model.Lockout, sub string) string {
	switch {
	case l.Subject == sub:
		return "account"
	case l.Subject == model.FactorSubject(sub):
		return "secondFactor"
	case strings.HasPrefix(l.Subject, model.PlaceSubject(sub, "")):
		return "place"
	}
	return "other"
}

// Forgets all failures of a user, also those of second factors.
func (d *Door) unlock(ctx context.Context, c *call) error { return d.Accounts.Unlock(ctx, c.target()) }

// Forgets the failures of a network, over all accounts, by any of its addresses:
// a policy may limit them (lockout.perNetwork).
func (d *Door) unlockNetwork(ctx context.Context, c *call) error {
	address, err := netip.ParseAddr(c.path["address"])
	if err != nil {
		return fault.New(fault.InvalidParameter, "The network is named by one of its addresses.")
	}
	return d.Accounts.UnlockNetwork(ctx, c.path["pool"], address.String())
}

package code

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// Nobody is the subject under which codes and counters of a name are kept when
// no user of that name may be told of. It is no sub: it cannot collide with a user.
func (c *Codes) Nobody(p *model.Pool, name string) string {
	return "?" + hex.EncodeToString(c.cfg.Ring.Derive("unknown user", p.ID, p.Fold(name))[:16])
}

// Pretend answers like Issue without a user: the same rows are written, the
// destination is plausible and the same each time for a name. The code is never
// right, the message never sent.
func (c *Codes) Pretend(tx *store.Tx, p *model.Pool, name string, purpose Purpose, attribute string) (Delivery, error) {
	to := c.plausible(p, name, attribute)
	return c.pretend(tx, p, c.Nobody(p, name), name, purpose, to, verification(p), c.cfg.Now().Add(purpose.validity()))
}

// PretendSignIn is Pretend for IssueSignIn. An address without a value gets a plausible one.
func (c *Codes) PretendSignIn(tx *store.Tx, p *model.Pool, subject, name, session string, to Address, until time.Time) (Delivery, error) {
	if to.Value == "" {
		to = c.plausible(p, name, to.Attribute)
	}
	return c.pretend(tx, p, subject, name, SignIn(session), to, authentication(p), until)
}

func (c *Codes) pretend(tx *store.Tx, p *model.Pool, subject, name string, purpose Purpose, to Address, words templates, until time.Time) (Delivery, error) {
	digest := make([]byte, 32)
	if _, err := io.ReadFull(c.cfg.Rand, digest); err != nil {
		return Delivery{}, fmt.Errorf("draw a digest: %w", err)
	}
	row := &model.Code{
		PoolID: p.ID, Sub: subject, Purpose: string(purpose), Digest: digest,
		Value: to.Attribute + ":" + to.Value, CreatedAt: c.cfg.Now(), ExpiresAt: until,
	}
	if err := tx.SaveCode(row); err != nil {
		return Delivery{}, fmt.Errorf("save code: %w", err)
	}
	text := words.fill(to.Channel(), name, "000000")
	delivery := to.Masked()
	to.Value = "" // a message without a recipient is dropped by the worker
	return delivery, c.post(tx, p, kindOf(purpose), to, text, row.ExpiresAt)
}

// plausible is where a user of this name might get mail. A name that is an
// address itself would be shown masked, were it known.
func (c *Codes) plausible(p *model.Pool, name, attribute string) Address {
	switch {
	case notify.ValidEmail(name) && attribute == "email", notify.ValidPhone(name) && attribute == "phone_number":
		return Address{attribute, name}
	}
	seed := c.cfg.Ring.Derive("plausible destination", p.ID, p.Fold(name))
	if attribute == "phone_number" {
		return Address{attribute, fmt.Sprintf("+1555555%04d", (int(seed[0])<<8|int(seed[1]))%10_000)}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	return Address{attribute, string(letters[int(seed[0])%26]) + "@" + string(letters[int(seed[1])%26])}
}

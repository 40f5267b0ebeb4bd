package account

import (
	"context"
	"errors"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// ForgotPassword sends a code with which a new password can be set.
func (a *Accounts) ForgotPassword(ctx context.Context, in Caller) (out code.Delivery, err error) {
	m, err := a.meet(ctx, in, model.EventForgotPassword)
	if err != nil {
		return out, err
	}
	if err := a.fetch(ctx, m); err != nil {
		return out, err
	}
	err = a.update(ctx, func(tx *store.Tx) error {
		u, err := m.again(tx)
		if err != nil {
			return err
		}
		most, err := a.byRisk(tx, m, limitForgot)
		if err != nil {
			return err
		}
		if err := a.spend(tx, m.pool.ID, a.subject(m), most); err != nil {
			return err
		}
		to, err := a.recoverable(m.pool, u)
		if _, refused := fault.As(err); refused && m.client.HidesUsers() {
			out, err = a.cfg.Codes.Pretend(tx, m.pool, in.Username, code.ForgotPassword, likelyAddress(m.pool, in.Username, m.pool.RecoveryChannels()))
			return err
		}
		if err != nil {
			return remember(err)
		}
		if out, err = a.cfg.Codes.Issue(tx, m.pool, u, code.ForgotPassword, to); err != nil {
			return err
		}
		return a.record(tx, m.pool, m.client, u.Sub, model.EventForgotPassword, model.EventInProgress, threat.Finding{}, in.Origin)
	})
	return out, err
}

// recoverable is where a user gets the code of a recovery, or why there is none.
func (a *Accounts) recoverable(p *model.Pool, u *model.User) (code.Address, error) {
	if u == nil || !u.Enabled {
		return code.Address{}, unknown(u)
	}
	invited, err := a.invited(u)
	switch {
	case err != nil:
		return code.Address{}, err
	case invited || u.Status == model.ExternalProvider:
		return code.Address{}, wrongState
	case p.Doc.AccountRecoverySetting != nil && len(p.RecoveryChannels()) == 0:
		return code.Address{}, fault.New(fault.NotAuthorized, "Contact administrator to reset password.")
	}
	to, ok := recoveryAddress(p, u)
	if !ok {
		return code.Address{}, noChannel
	}
	return to, nil
}

// invited tells whether the user has yet to replace a temporary password. One
// that the user chose, in a reset after which another is due, is none: it may be
// forgotten like any other.
func (a *Accounts) invited(u *model.User) (bool, error) {
	if u.Status != model.ForceChangePassword {
		return false, nil
	}
	c, err := a.cfg.Credential.Open(u)
	if errors.Is(err, credential.ErrNone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return c.ExpiresAt != 0, nil
}

// recoveryAddress is the first channel on which the user has a proven address.
// Where the pool sets its channels, one that is the user's second factor is
// none: it would make two factors out of one phone.
func recoveryAddress(p *model.Pool, u *model.User) (code.Address, bool) {
	for _, attribute := range p.RecoveryChannels() {
		isFactor := func(f model.Factor) bool { return f.Address() == attribute }
		if p.Doc.AccountRecoverySetting != nil && slices.ContainsFunc(u.MFA.Enabled, isFactor) {
			continue
		}
		if v := u.Attributes[attribute]; v != "" && u.Is(verifiedOf[attribute]) {
			return code.Address{Attribute: attribute, Value: v}, true
		}
	}
	return code.Address{}, false
}

// likelyAddress is the attribute by which a user of this name would be reached.
func likelyAddress(p *model.Pool, name string, attributes []string) string {
	switch {
	case notify.ValidEmail(name):
		return "email"
	case notify.ValidPhone(name):
		return "phone_number"
	case len(attributes) > 0 && (len(attributes) == 1 || p.AutoVerifies(attributes[0])):
		return attributes[0]
	}
	return "email"
}

// Recovery is the input of ConfirmForgotPassword.
type Recovery struct {
	Caller
	Code, Password string
}

// ConfirmForgotPassword sets a new password by a code of ForgotPassword or
// AdminResetPassword. Sessions live on, as at Cognito.
//
// The code is checked, and a wrong one counted, before anything that knows the
// user's passwords looks at the new one. It stays good if that is refused.
func (a *Accounts) ConfirmForgotPassword(ctx context.Context, in Recovery) error {
	m, err := a.meet(ctx, in.Caller, model.EventForgotPassword)
	if err != nil {
		return err
	}
	if err := a.cfg.Credential.CheckPolicy(m.pool, in.Password); err != nil {
		return err
	}
	if err := a.update(ctx, func(tx *store.Tx) error { return a.proveCode(tx, m, in.Code) }); err != nil {
		return err
	}
	if err := a.fresh(ctx, m.pool, m.user, in.Password); err != nil {
		return a.unrecovered(ctx, m, threat.Finding{}, err)
	}
	finding := a.cfg.Threat.Password(m.pool, m.client, m.user, threat.PasswordChange, in.Password)
	if refusal := finding.Refusal(); refusal != nil {
		return a.unrecovered(ctx, m, finding, refusal)
	}
	record, err := a.cfg.Credential.Make(ctx, m.pool, m.user, in.Password, false)
	if err != nil {
		return err
	}
	return a.update(ctx, func(tx *store.Tx) error { return a.reset(tx, m, in, record, finding) })
}

// unrecovered keeps the event of a recovery whose new password was refused, and returns why.
func (a *Accounts) unrecovered(ctx context.Context, m *party, f threat.Finding, why error) error {
	if _, refused := fault.As(why); !refused {
		return why
	}
	return a.update(ctx, func(tx *store.Tx) error {
		if err := a.record(tx, m.pool, m.client, m.user.Sub, model.EventForgotPassword, model.EventFail, f, m.Origin); err != nil {
			return err
		}
		return remember(why)
	})
}

// proveCode pays for one attempt and checks the code.
func (a *Accounts) proveCode(tx *store.Tx, m *party, answer string) error {
	u, err := m.again(tx)
	if err != nil {
		return err
	}
	most, err := a.byRisk(tx, m, limitConfirmForgot)
	if err != nil {
		return err
	}
	if err := a.spend(tx, m.pool.ID, a.subject(m), most); err != nil {
		return err
	}
	if u == nil || !u.Enabled {
		if m.client.HidesUsers() {
			return a.pretendCheck(tx, m, answer)
		}
		return remember(unknown(u))
	}
	waiting, err := a.cfg.Codes.Pending(tx, m.pool.ID, u.Sub, code.ForgotPassword)
	if err != nil {
		return err
	}
	if waiting == (code.Address{}) && m.client.HidesUsers() {
		return a.pretendCheck(tx, m, answer) // ForgotPassword may have pretended to send a code to this user
	}
	if _, err := a.cfg.Codes.Check(tx, m.pool.ID, u.Sub, code.ForgotPassword, answer); err != nil {
		if err := a.record(tx, m.pool, m.client, u.Sub, model.EventForgotPassword, model.EventFail, threat.Finding{}, m.Origin); err != nil {
			return err
		}
		return remember(err)
	}
	return nil
}

// pretendCheck checks against the code that was never sent, which is never right.
func (a *Accounts) pretendCheck(tx *store.Tx, m *party, answer string) error {
	_, err := a.cfg.Codes.Check(tx, m.pool.ID, a.cfg.Codes.Nobody(m.pool, m.Username), code.ForgotPassword, answer)
	if err == nil {
		err = code.Mismatch()
	}
	return remember(err)
}

// reset checks the code again, which another request may have used by now, and sets the password.
func (a *Accounts) reset(tx *store.Tx, m *party, in Recovery, record []byte, f threat.Finding) error {
	u, err := m.again(tx)
	if err != nil {
		return err
	}
	if u == nil || !u.Enabled {
		return unknown(u)
	}
	if _, err := a.cfg.Codes.Check(tx, m.pool.ID, u.Sub, code.ForgotPassword, in.Code); err != nil {
		return remember(err)
	}
	u = u.Clone()
	invited, err := a.invited(u)
	if err != nil {
		return err
	}
	again := u.Status == model.ForceChangePassword && !invited || threat.ChangeDue(m.pool, m.client, u.Exposure)
	if err := a.setPassword(tx, m.pool, u, record, f); err != nil {
		return err
	}
	if err := a.confirm(tx, m.pool, u, false); err != nil {
		return err
	}
	if again {
		u.Status = model.ForceChangePassword
		if err := a.save(tx, m.pool, u); err != nil {
			return err
		}
	}
	return a.record(tx, m.pool, m.client, u.Sub, model.EventForgotPassword, model.EventPass, f, in.Origin)
}

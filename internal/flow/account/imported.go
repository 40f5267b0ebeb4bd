package account

import (
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Imported is a user of a CSV file, checked and not stored yet.
type Imported struct {
	User *model.User
	sent string
}

var (
	noneVerified = fault.New(fault.InvalidParameter, "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).")
	wantsMFA     = fault.New(fault.InvalidParameter, "cognito:mfa_enabled must be true or blank: the user pool requires MFA.")
	wantsNoMFA   = fault.New(fault.InvalidParameter, "cognito:mfa_enabled must be false or blank: the user pool has no MFA.")
)

// Import makes the user of a row of a CSV file: its name, its attributes, and its
// cognito:mfa_enabled, nil where that is blank. The user has no password: it must
// be reset, unless the user can sign in with a code. A fault says what is wrong.
func (a *Accounts) Import(p *model.Pool, name string, given map[string]string, withMFA *bool) (*Imported, error) {
	// Names and values are bounded as in any request that makes a user.
	asked := shape.AdminCreateUserRequest{UserPoolId: &p.ID, Username: &name}
	if err := asked.Check(); err != nil {
		return nil, err
	}
	u, err := a.draft(p, name, given, model.ResetRequired)
	if err != nil {
		return nil, err
	}
	if err := complete(p, u.Attributes); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(addresses, func(address string) bool { return p.AutoVerifies(address) && u.Is(verifiedOf[address]) }) {
		return nil, noneVerified
	}
	if err := enrol(p, u, withMFA); err != nil {
		return nil, err
	}
	if codeSignsIn(p, u) {
		u.Status = model.Confirmed
	}
	return &Imported{u, name}, nil
}

// enrol switches a second factor on where the row asks for one: the phone, or
// else the e-mail address, as far as the pool offers it.
func enrol(p *model.Pool, u *model.User, withMFA *bool) error {
	switch mode := p.MFAMode(); {
	case withMFA == nil:
		return nil
	case *withMFA && mode == shape.UserPoolMfaTypeOff:
		return wantsNoMFA
	case !*withMFA && mode == shape.UserPoolMfaTypeOn:
		return wantsMFA
	case !*withMFA:
		return nil
	}
	for _, f := range []model.Factor{model.FactorSMS, model.FactorEmail} {
		if p.Offers(f) && u.Attributes[f.Address()] != "" {
			u.MFA.Enable(f)
			return nil
		}
	}
	return nil
}

// codeSignsIn tells whether the user can sign in with a code sent to an address.
func codeSignsIn(p *model.Pool, u *model.User) bool {
	if p.Doc.Policies == nil || p.Doc.Policies.SignInPolicy == nil {
		return false
	}
	factors := p.Doc.Policies.SignInPolicy.AllowedFirstAuthFactors
	return slices.Contains(factors, "EMAIL_OTP") && u.Attributes["email"] != "" ||
		slices.Contains(factors, "SMS_OTP") && u.Attributes["phone_number"] != ""
}

// CreateImported stores the user inside the caller's Update. A fault says why not,
// and then nothing was written: fault.UsernameExists that the user is there already.
func (a *Accounts) CreateImported(tx *store.Tx, p *model.Pool, i *Imported) error {
	return a.create(tx, p, i.User, i.sent, false, hereAlready)
}

var hereAlready = fault.New(fault.UsernameExists, "The user already exists.")

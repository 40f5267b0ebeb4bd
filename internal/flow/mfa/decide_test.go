package mfa_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/mfa"
)

const (
	sms   = model.FactorSMS
	totp  = model.FactorTOTP
	email = model.FactorEmail
)

// facts are a Situation in few words.
type facts struct {
	mode       string
	offered    []model.Factor
	registered bool // the authenticator
	phone      bool
	mail       bool
	enabled    []model.Factor
	preferred  model.Factor
	recovery   string // the pool's first channel; "" = it says nothing of recovery, "admin_only"
	demand     mfa.Demand
}

func (f facts) offers(factor model.Factor) bool { return slices.Contains(f.offered, factor) }

func (f facts) situation() mfa.Situation {
	p := &model.Pool{Doc: &shape.UserPoolType{MfaConfiguration: &f.mode}, MFA: new(shape.SetUserPoolMfaConfigResponse)}
	if f.offers(sms) {
		p.MFA.SmsMfaConfiguration = new(shape.SmsMfaConfigType)
	}
	if f.offers(totp) {
		p.MFA.SoftwareTokenMfaConfiguration = &shape.SoftwareTokenMfaConfigType{Enabled: new(true)}
	}
	if f.offers(email) {
		p.MFA.EmailMfaConfiguration = new(shape.EmailMfaConfigType)
	}
	if f.recovery != "" {
		p.Doc.AccountRecoverySetting = new(shape.AccountRecoverySettingType)
		for i, name := range strings.Split(f.recovery, ",") {
			p.Doc.AccountRecoverySetting.RecoveryMechanisms = append(p.Doc.AccountRecoverySetting.RecoveryMechanisms,
				shape.RecoveryOptionType{Name: &name, Priority: new(int32(i + 1))})
		}
	}
	u := &model.User{Attributes: map[string]string{}, MFA: model.UserMFA{Enabled: f.enabled, Preferred: f.preferred}}
	if f.phone {
		u.Attributes["phone_number"] = "+12065550123"
	}
	if f.mail {
		u.Attributes["email"] = "ann@example.com"
	}
	s := mfa.Situation{Pool: p, User: u, Demand: f.demand}
	if f.registered {
		s.Authenticator = &model.Authenticator{Secret: []byte{1}}
	}
	return s
}

// told is a Step in words.
func told(s mfa.Step) string {
	names := []string{}
	for _, f := range s.Factors {
		names = append(names, string(f))
	}
	verb := [...]string{"pass", "", "choose", "set up", "no factor", "block"}[s.Action]
	return strings.TrimSpace(verb + " " + strings.Join(names, " "))
}

const (
	mailFirst  = "verified_email,verified_phone_number"
	phoneFirst = "verified_phone_number,verified_email"
)

func list(f ...model.Factor) []model.Factor { return f }

func TestDecide(t *testing.T) {
	all := model.Factors()
	for _, c := range []struct {
		when  string
		facts facts
		want  string
	}{
		{"the pool has no MFA", facts{mode: "OFF", offered: all, registered: true, phone: true, enabled: all, preferred: sms}, "pass"},
		{"it is optional and the user wants none", facts{mode: "OPTIONAL", offered: all, registered: true, phone: true, mail: true}, "pass"},
		{"it is optional and the user has one", facts{mode: "OPTIONAL", offered: all, registered: true, phone: true, enabled: list(totp)}, "SOFTWARE_TOKEN_MFA"},
		{"it is optional and the user has two", facts{mode: "OPTIONAL", offered: all, registered: true, phone: true, mail: true, enabled: list(sms, totp)}, "choose SMS_MFA SOFTWARE_TOKEN_MFA"},
		{"it is optional and the user prefers one of two", facts{mode: "OPTIONAL", offered: all, registered: true, phone: true, enabled: list(sms, totp), preferred: sms}, "SMS_MFA"},
		{"the chosen factor has no address", facts{mode: "OPTIONAL", offered: all, enabled: list(sms), preferred: sms}, "pass"},
		{"the preferred factor has no address, another one does", facts{mode: "OPTIONAL", offered: all, mail: true, enabled: list(sms, email), preferred: sms}, "EMAIL_OTP"},
		{"the pool no longer offers the chosen message", facts{mode: "OPTIONAL", offered: list(totp), phone: true, enabled: list(sms), preferred: sms}, "pass"},
		{"the pool no longer registers authenticators, and the user has one", facts{mode: "OPTIONAL", offered: list(sms), registered: true, enabled: list(totp)}, "SOFTWARE_TOKEN_MFA"},
		{"the user chose the address that recovers", facts{mode: "OPTIONAL", offered: all, mail: true, enabled: list(email), recovery: mailFirst}, "EMAIL_OTP"},

		{"it is required, and there is an authenticator alone", facts{mode: "ON", offered: list(totp), registered: true, mail: true, recovery: mailFirst}, "SOFTWARE_TOKEN_MFA"},
		{"there is an authenticator and a number", facts{mode: "ON", offered: all, registered: true, phone: true, mail: true, recovery: mailFirst}, "choose SMS_MFA SOFTWARE_TOKEN_MFA"},
		{"there is an authenticator that the pool no longer registers, and a number", facts{mode: "ON", offered: list(sms), registered: true, phone: true, recovery: mailFirst}, "SMS_MFA"},
		{"the user chose one, and has others", facts{mode: "ON", offered: all, registered: true, phone: true, mail: true, enabled: list(totp)}, "SOFTWARE_TOKEN_MFA"},
		{"there is a number alone", facts{mode: "ON", offered: list(sms), phone: true, recovery: mailFirst}, "SMS_MFA"},
		{"there is a number alone, and the pool says nothing of recovery", facts{mode: "ON", offered: list(sms), phone: true}, "SMS_MFA"},
		{"there is a number alone, by which passwords are reset", facts{mode: "ON", offered: list(sms), phone: true, recovery: phoneFirst}, "no factor"},
		{"there is a mail address alone, by which passwords are reset", facts{mode: "ON", offered: list(email), mail: true, recovery: mailFirst}, "no factor"},
		{"and the pool has authenticators", facts{mode: "ON", offered: list(totp, email), mail: true, recovery: mailFirst}, "set up SOFTWARE_TOKEN_MFA"},
		{"the address that there is is no factor of the pool", facts{mode: "ON", offered: list(sms, totp), mail: true}, "set up SOFTWARE_TOKEN_MFA"},
		{"and the pool has no authenticators", facts{mode: "ON", offered: list(sms), mail: true}, "no factor"},
		{"there are both addresses, and only administrators recover", facts{mode: "ON", offered: list(sms, email), phone: true, mail: true, recovery: "admin_only"}, "choose SMS_MFA EMAIL_OTP"},
		{"there are both, and recovery is by mail", facts{mode: "ON", offered: list(sms, email), phone: true, mail: true, recovery: mailFirst}, "SMS_MFA"},
		{"there are both, and recovery is by phone", facts{mode: "ON", offered: list(sms, email), phone: true, mail: true, recovery: phoneFirst}, "EMAIL_OTP"},
		{"there is nothing", facts{mode: "ON", offered: all, recovery: mailFirst}, "set up SMS_MFA SOFTWARE_TOKEN_MFA"},
		{"there is nothing, and only administrators recover", facts{mode: "ON", offered: all, recovery: "admin_only"}, "set up SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP"},
		{"there is nothing to be had", facts{mode: "ON", offered: list(email), recovery: mailFirst}, "no factor"},

		{"a risk wants a factor that the user did not switch on", facts{mode: "OPTIONAL", offered: all, registered: true, demand: mfa.IfConfigured}, "SOFTWARE_TOKEN_MFA"},
		{"a risk wants a factor if there is one", facts{mode: "OPTIONAL", offered: all, demand: mfa.IfConfigured}, "pass"},
		{"a risk wants a factor", facts{mode: "OPTIONAL", offered: list(totp), mail: true, demand: mfa.Required}, "set up SOFTWARE_TOKEN_MFA"},
		{"a risk wants a factor that cannot be had", facts{mode: "OPTIONAL", offered: list(sms), mail: true, demand: mfa.Required}, "block"},
		{"a risk wants a factor now", facts{mode: "OPTIONAL", offered: list(totp), demand: mfa.RequiredNow}, "block"},
		{"a risk wants a factor now, in a pool that sets them up", facts{mode: "ON", offered: list(totp), demand: mfa.RequiredNow}, "block"},
		{"a risk wants a factor where there are none", facts{mode: "OFF", offered: all, registered: true, enabled: list(totp), demand: mfa.Required}, "block"},
		{"a risk wants a factor, if there is one, where there are none", facts{mode: "OFF", registered: true, demand: mfa.IfConfigured}, "pass"},
		{"a risk wants a factor in a pool that wants it anyway", facts{mode: "ON", offered: list(totp), demand: mfa.IfConfigured}, "set up SOFTWARE_TOKEN_MFA"},
	} {
		t.Run(c.when, func(t *testing.T) {
			if got := told(mfa.Decide(c.facts.situation())); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// each calls fn with every combination of facts.
func each(fn func(facts)) {
	for _, mode := range []string{"OFF", "OPTIONAL", "ON"} {
		for bits := range 1 << 9 {
			bit := func(i int) bool { return bits>>i&1 == 1 }
			pick := func(from int) (set []model.Factor) {
				for i, f := range model.Factors() {
					if bit(from + i) {
						set = append(set, f)
					}
				}
				return set
			}
			f := facts{mode: mode, offered: pick(0), enabled: pick(3), registered: bit(6), phone: bit(7), mail: bit(8)}
			for _, f.preferred = range append(list(""), f.enabled...) {
				for _, f.recovery = range []string{"", mailFirst, phoneFirst, "verified_email", "admin_only"} {
					for f.demand = mfa.AsConfigured; f.demand <= mfa.RequiredNow; f.demand++ {
						fn(f)
					}
				}
			}
		}
	}
}

// bySteps is the decision once more, step by step as the specification has it.
func bySteps(f facts) string {
	first, _, _ := strings.Cut(f.recovery, ",")
	texts := f.offers(sms) && f.phone
	mails := f.offers(email) && f.mail
	// 2. Pool MFA OFF: done.
	if f.mode == "OFF" {
		return map[bool]string{false: "pass", true: "block"}[f.demand >= mfa.Required]
	}
	// 2, 3. A user who has an active factor or a preference is challenged.
	var active []model.Factor
	for factor, works := range map[model.Factor]bool{sms: texts, totp: f.registered, email: mails} {
		if works && slices.Contains(f.enabled, factor) {
			active = append(active, factor)
		}
	}
	switch {
	case slices.Contains(active, f.preferred):
		return string(f.preferred)
	case len(active) > 0:
		return oneOf(active)
	}
	if f.mode == "OPTIONAL" && f.demand == mfa.AsConfigured {
		return "pass"
	}
	// 4 to 6. Attributes that are the primary recovery channel are not eligible.
	texts = texts && first != "verified_phone_number"
	mails = mails && first != "verified_email"
	app := f.registered && f.offers(totp)
	switch {
	case app && !texts && !mails:
		return string(totp)
	case app:
		return oneOf(having(texts, true, mails))
	case texts && mails:
		return oneOf(list(sms, email))
	case texts:
		return string(sms)
	case mails:
		return string(email)
	}
	// Nothing to challenge with.
	if f.mode == "OPTIONAL" && f.demand == mfa.IfConfigured {
		return "pass"
	}
	if f.demand == mfa.RequiredNow {
		return "block"
	}
	dead := map[bool]string{false: "no factor", true: "block"}[f.demand == mfa.Required]
	// 5. An address that is no factor: only an authenticator is left.
	if f.phone || f.mail {
		if f.offers(totp) {
			return "set up " + string(totp)
		}
		return dead
	}
	// 7. All enabled factors not excluded by recovery.
	settable := having(f.offers(sms) && first != "verified_phone_number", f.offers(totp), f.offers(email) && first != "verified_email")
	if len(settable) == 0 {
		return dead
	}
	return told(mfa.Step{Action: mfa.SetUp, Factors: settable})
}

func having(text, app, mail bool) (set []model.Factor) {
	for i, has := range []bool{text, app, mail} {
		if has {
			set = append(set, model.Factors()[i])
		}
	}
	return set
}

// oneOf is the challenge for one factor, or the choice among several.
func oneOf(set []model.Factor) string {
	if len(set) == 1 {
		return string(set[0])
	}
	slices.SortFunc(set, func(a, b model.Factor) int {
		return slices.Index(model.Factors(), a) - slices.Index(model.Factors(), b)
	})
	return told(mfa.Step{Action: mfa.Choose, Factors: set})
}

func TestEveryCombinationIsDecidedAsSpecified(t *testing.T) {
	n := 0
	each(func(f facts) {
		n++
		if got, want := told(mfa.Decide(f.situation())), bySteps(f); got != want {
			t.Fatalf("%+v\ngot  %s\nwant %s", f, got, want)
		}
	})
	if n < 76_800 {
		t.Errorf("only %d combinations were tried", n)
	}
}

// strictness orders what is let through: all, who proves more, nobody.
var strictness = map[mfa.Action]int{mfa.Pass: 0, mfa.Challenge: 1, mfa.Choose: 1, mfa.SetUp: 1, mfa.NoFactor: 2, mfa.Block: 2}

func TestWhatNoCombinationMayDo(t *testing.T) {
	before, last := mfa.Step{}, facts{}
	each(func(f facts) {
		got := mfa.Decide(f.situation())
		wrong := func(why string) { t.Fatalf("%+v\n%s: %s", f, told(got), why) }
		if f.demand > mfa.AsConfigured && strictness[got.Action] < strictness[before.Action] {
			wrong(fmt.Sprintf("a stricter demand than in %+v lets more through (%s)", last, told(before)))
		}
		before, last = got, f
		if f.mode == "ON" && got.Action == mfa.Pass {
			wrong("nobody passes where a factor is required")
		}
		if want := map[mfa.Action]int{mfa.Challenge: 1, mfa.Choose: 2, mfa.SetUp: 1}[got.Action]; len(got.Factors) < want || want == 0 && got.Factors != nil || got.Action == mfa.Challenge && len(got.Factors) != 1 {
			wrong("as many factors as the action needs")
		}
		for _, factor := range got.Factors {
			has := map[model.Factor]bool{sms: f.phone, totp: f.registered, email: f.mail}[factor]
			chose := slices.Contains(f.enabled, factor)
			channel := map[model.Factor]string{sms: "verified_phone_number", email: "verified_email"}[factor]
			first, _, _ := strings.Cut(f.recovery, ",")
			switch {
			case got.Action == mfa.SetUp && has:
				wrong("what is there need not be set up")
			case got.Action != mfa.SetUp && !has:
				wrong("what is not there cannot be asked for")
			case !f.offers(factor) && !(factor == totp && chose):
				wrong("the pool does not offer it")
			case !chose && channel != "" && channel == first:
				wrong("one address would be two factors")
			}
		}
	})
}

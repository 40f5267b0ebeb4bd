package model_test

import (
	"fmt"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func TestFactorsAreListedInOneOrder(t *testing.T) {
	var m model.UserMFA
	for _, f := range []model.Factor{model.FactorEmail, model.FactorTOTP, model.FactorSMS, model.FactorTOTP} {
		m.Enable(f)
	}
	if got := fmt.Sprint(m.Enabled); got != "[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP]" {
		t.Errorf("got %s", got)
	}
	m.Preferred = model.FactorTOTP
	m.Disable(model.FactorEmail)
	if m.Has(model.FactorEmail) || m.Preferred != model.FactorTOTP {
		t.Errorf("got %+v", m)
	}
	m.Disable(model.FactorTOTP)
	m.Disable(model.FactorSMS)
	if m.Enabled != nil || m.Preferred != "" {
		t.Errorf("none is left, and got %+v", m)
	}
}

// A clone shares no array with its user: switching a factor off must not reach through.
func TestDisableLeavesOtherCopiesAlone(t *testing.T) {
	u := &model.User{MFA: model.UserMFA{Enabled: model.Factors()}}
	shared := *u
	shared.MFA.Disable(model.FactorSMS)
	if got := fmt.Sprint(u.MFA.Enabled); got != "[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP]" {
		t.Errorf("got %s", got)
	}
}

func TestWhatAPoolOffers(t *testing.T) {
	on, off := true, false
	all := &shape.SetUserPoolMfaConfigResponse{
		SmsMfaConfiguration:           &shape.SmsMfaConfigType{},
		SoftwareTokenMfaConfiguration: &shape.SoftwareTokenMfaConfigType{Enabled: &on},
		EmailMfaConfiguration:         &shape.EmailMfaConfigType{},
	}
	disabled := &shape.SetUserPoolMfaConfigResponse{SoftwareTokenMfaConfiguration: &shape.SoftwareTokenMfaConfigType{Enabled: &off}}
	for _, c := range []struct {
		mode *string
		mfa  *shape.SetUserPoolMfaConfigResponse
		want string
	}{
		{new("ON"), all, "[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP]"},
		{new("OPTIONAL"), all, "[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP]"},
		{new("OFF"), all, "[]"},
		{nil, all, "[]"},
		{new("ON"), disabled, "[]"},
		{new("ON"), &shape.SetUserPoolMfaConfigResponse{}, "[]"},
	} {
		p := &model.Pool{Doc: &shape.UserPoolType{MfaConfiguration: c.mode}, MFA: c.mfa}
		var offered []model.Factor
		for _, f := range model.Factors() {
			if p.Offers(f) {
				offered = append(offered, f)
			}
		}
		if got := fmt.Sprint(offered); got != c.want {
			t.Errorf("in the mode %s got %s, want %s", p.MFAMode(), got, c.want)
		}
	}
}

func TestOnlyAConfirmedAuthenticatorIsRegistered(t *testing.T) {
	for want, a := range map[bool]*model.Authenticator{true: {Secret: []byte{1}}, false: {Pending: []byte{1}}} {
		if a.Registered() != want {
			t.Errorf("%+v: got %v", a, !want)
		}
	}
	if (*model.Authenticator)(nil).Registered() {
		t.Error("nobody's authenticator is registered")
	}
}

package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

func TestUserClone(t *testing.T) {
	u := &model.User{
		Attributes: map[string]string{"email": "ann@example.com"},
		MFA:        model.UserMFA{Enabled: []model.Factor{model.FactorSMS}},
		Credential: []byte{1},
	}
	c := u.Clone()
	c.Attributes["email"] = "eve@example.com"
	c.MFA.Enabled[0] = "EMAIL_OTP"
	c.Credential[0] = 2
	if u.Attributes["email"] != "ann@example.com" || u.MFA.Enabled[0] != model.FactorSMS || u.Credential[0] != 1 {
		t.Errorf("changing the copy changed the user: %+v", u)
	}
	bare := (&model.User{}).Clone()
	bare.Attributes["name"] = "it can be written to"
	if bare.Credential != nil || bare.MFA.Enabled != nil {
		t.Errorf("the copy of nothing is something: %+v", bare)
	}
}

func TestUserIs(t *testing.T) {
	u := &model.User{Attributes: map[string]string{"email_verified": "true", "phone_number_verified": "True"}}
	if !u.Is("email_verified") || u.Is("phone_number_verified") || u.Is("absent") {
		t.Error("only the text true is true")
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := model.Credential{Scheme: model.SchemeArgon2id, PHC: "secret", Salt: []byte("secret"), Verifier: []byte("secret")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		for _, v := range []any{c, &c, []model.Credential{c}, struct{ C model.Credential }{c}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "secret") || strings.Contains(got, "736563726574") || strings.Contains(got, "115 101 99") {
				t.Errorf("%s of a %T prints %s", format, v, got)
			}
		}
	}
}

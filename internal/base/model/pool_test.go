package model_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func poolWithCase(sensitive *bool) *model.Pool {
	doc := &shape.UserPoolType{}
	if sensitive != nil {
		doc.UsernameConfiguration = &shape.UsernameConfigurationType{CaseSensitive: sensitive}
	}
	return &model.Pool{ID: "eu-central-1_AbC", Doc: doc}
}

func TestPoolFold(t *testing.T) {
	for name, sensitive := range map[string]*bool{"absent": nil, "true": new(true)} {
		if got := poolWithCase(sensitive).Fold("Ann ÄÖ"); got != "Ann ÄÖ" {
			t.Errorf("case sensitivity %s: got %q", name, got)
		}
	}
	insensitive := poolWithCase(new(false))
	for name, want := range map[string]string{"Ann ÄÖ": "ann äö", "日本": "日本", "\u212a": "k", "": ""} {
		if got := insensitive.Fold(name); got != want {
			t.Errorf("fold %q: got %q, want %q", name, got, want)
		}
	}

	t.Run("folding twice is folding once", rapid.MakeCheck(func(t *rapid.T) {
		// A name is folded where it is stored and where it is looked up; who
		// folds a folded one must not miss it.
		s := rapid.String().Draw(t, "name")
		once := insensitive.Fold(s)
		if twice := insensitive.Fold(once); twice != once {
			t.Errorf("fold %q: got %q, then %q", s, once, twice)
		}
		if !utf8.ValidString(once) {
			t.Errorf("fold %q is not UTF-8", s)
		}
	}))
}

func TestPoolSettings(t *testing.T) {
	t.Run("an empty document turns nothing on", func(t *testing.T) {
		p := poolWithCase(nil)
		got := fmt.Sprint(p.SRPName(), p.Mode(), p.SignsInWith("email"), p.HasAlias("email"), p.AutoVerifies("email"), p.Attribute("email") == nil, *p.PasswordPolicy())
		if want := fmt.Sprint("AbC", "OFF", false, false, false, true, shape.PasswordPolicyType{}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})

	t.Run("what the document says holds", func(t *testing.T) {
		p := &model.Pool{ID: "eu-central-1_x", Doc: &shape.UserPoolType{
			UsernameAttributes:     []string{"email"},
			AliasAttributes:        []string{"phone_number"},
			AutoVerifiedAttributes: []string{"email"},
			UserPoolAddOns:         &shape.UserPoolAddOnsType{AdvancedSecurityMode: new("ENFORCED")},
			SchemaAttributes:       []shape.SchemaAttributeType{{Name: new("email")}, {Name: new("custom:tenant")}},
			Policies:               &shape.UserPoolPolicyType{PasswordPolicy: &shape.PasswordPolicyType{MinimumLength: new(int32(12))}},
		}}
		if !p.SignsInWith("email") || p.SignsInWith("phone_number") || !p.HasAlias("phone_number") || p.HasAlias("email") ||
			!p.AutoVerifies("email") || p.AutoVerifies("phone_number") || p.Mode() != model.ModeEnforced {
			t.Error("a setting is not as the document says")
		}
		if a := p.Attribute("custom:tenant"); a != &p.Doc.SchemaAttributes[1] {
			t.Errorf("got attribute %v", a)
		}
		if p.Attribute("tenant") != nil {
			t.Error("an attribute was found by half its name")
		}
		if got := *p.PasswordPolicy().MinimumLength; got != 12 {
			t.Errorf("got a minimum of %d, want 12", got)
		}
	})

	t.Run("add-ons without a mode are off", func(t *testing.T) {
		p := &model.Pool{Doc: &shape.UserPoolType{UserPoolAddOns: &shape.UserPoolAddOnsType{}}}
		if got := p.Mode(); got != model.ModeOff {
			t.Errorf("got %s", got)
		}
	})
}

package pool_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func TestRisk(t *testing.T) {
	set := func(t *testing.T, r *rig, id, rest string) error {
		t.Helper()
		_, err := r.SetRisk(t.Context(), read[shape.SetRiskConfigurationRequest](t, `{"UserPoolId":"`+id+`"`+rest+`}`))
		return err
	}
	told := func(t *testing.T, r *rig, id, client string) string {
		t.Helper()
		risk, err := r.Risk(t.Context(), id, client)
		if err != nil {
			t.Fatal(err)
		}
		risk.LastModifiedDate = nil
		return strings.ReplaceAll(text(t, risk), id, "POOL")
	}
	block := `,"CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"BLOCK"}}`
	t.Run("only the sections that were set are told, and an absent filter is all events", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, block); err != nil {
			t.Fatal(err)
		}
		want := `{"UserPoolId":"POOL","CompromisedCredentialsRiskConfiguration":{"EventFilter":["SIGN_IN","PASSWORD_CHANGE","SIGN_UP"],"Actions":{"EventAction":"BLOCK"}}}`
		if got := told(t, r, id, ""); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("a section that is left out is unset", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		for _, rest := range []string{block, `,"RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.1/32"]}`} {
			if err := set(t, r, id, rest); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := told(t, r, id, ""), `{"UserPoolId":"POOL","RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.1/32"]}}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("no section at all resets", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		for _, rest := range []string{block, ""} {
			if err := set(t, r, id, rest); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := r.Pool(t.Context(), id); err != nil || p.Risk != nil {
			t.Errorf("got %v, %v", p.Risk, err)
		}
	})
	t.Run("a client has its own, and follows the pool again after a reset", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		made, err := r.client(t, id, "")
		if err != nil {
			t.Fatal(err)
		}
		client := *made.ClientId
		if err := set(t, r, id, `,"ClientId":"`+client+`"`+block); err != nil {
			t.Fatal(err)
		}
		if got := told(t, r, id, client); !strings.Contains(got, "BLOCK") {
			t.Errorf("got %s", got)
		}
		if got, want := told(t, r, id, ""), `{"UserPoolId":"POOL"}`; got != want {
			t.Errorf("the pool: got %s, want %s", got, want)
		}
		if err := set(t, r, id, `,"ClientId":"`+client+`"`); err != nil {
			t.Fatal(err)
		}
		if got, want := told(t, r, id, client), fmt.Sprintf(`{"UserPoolId":"POOL","ClientId":%q}`, client); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("ALL is the pool", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, `,"ClientId":"ALL"`+block); err != nil {
			t.Fatal(err)
		}
		if p, err := r.Pool(t.Context(), id); err != nil || p.Risk == nil {
			t.Errorf("got %v, %v", p.Risk, err)
		}
	})
	t.Run("a client that does not exist is refused", func(t *testing.T) {
		r := newRig(t, nil)
		refused(t, set(t, r, r.pool(t, `{"PoolName":"x"}`), `,"ClientId":"nobody"`+block), fault.ResourceNotFound, "User pool client nobody does not exist.")
	})
	action := func(event string) string { return `{"Notify":false,"EventAction":"` + event + `"}` }
	t.Run("a higher level may not be treated more mildly", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		err := set(t, r, id, `,"AccountTakeoverRiskConfiguration":{"Actions":{"LowAction":`+action("MFA_REQUIRED")+`,"HighAction":`+action("MFA_IF_CONFIGURED")+`}}`)
		refused(t, err, fault.InvalidParameter, "The action of a higher risk level must not be less restrictive than that of a lower one.")
	})
	t.Run("absent levels are not compared", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		actions := `{"MediumAction":` + action("MFA_IF_CONFIGURED") + `,"HighAction":` + action("BLOCK") + `}`
		if err := set(t, r, id, `,"AccountTakeoverRiskConfiguration":{"Actions":`+actions+`}`); err != nil {
			t.Fatal(err)
		}
		if got, want := told(t, r, id, ""), `{"UserPoolId":"POOL","AccountTakeoverRiskConfiguration":{"Actions":`+actions+`}}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	for _, bad := range []string{"192.0.2.1", "192.0.2.0/33", "example.com", "", "2001:db8::/129"} {
		t.Run(fmt.Sprintf("the IP range %q is refused", bad), func(t *testing.T) {
			r := newRig(t, nil)
			err := set(t, r, r.pool(t, `{"PoolName":"x"}`), `,"RiskExceptionConfiguration":{"SkippedIPRangeList":["`+bad+`"]}`)
			refused(t, err, fault.InvalidParameter, "Invalid IP range: an IP range is an address with a prefix length, such as 192.0.2.0/24 or 2001:db8::/32.")
		})
	}
}

func TestMFA(t *testing.T) {
	set := func(t *testing.T, r *rig, id, rest string) error {
		t.Helper()
		_, err := r.SetMFA(t.Context(), read[shape.SetUserPoolMfaConfigRequest](t, `{"UserPoolId":"`+id+`"`+rest+`}`))
		return err
	}
	told := func(t *testing.T, r *rig, id string) string {
		t.Helper()
		p, err := r.Pool(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if *p.Doc.MfaConfiguration != *p.MFA.MfaConfiguration {
			t.Errorf("the pool tells %s, its MFA configuration %s", *p.Doc.MfaConfiguration, *p.MFA.MfaConfiguration)
		}
		return text(t, p.MFA)
	}
	const off = "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."
	const both = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
	t.Run("a new pool has none", func(t *testing.T) {
		r := newRig(t, nil)
		if got, want := told(t, r, r.pool(t, `{"PoolName":"x"}`)), `{"MfaConfiguration":"OFF"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("factors are stored, told and replaced", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, `,"MfaConfiguration":"OPTIONAL","SoftwareTokenMfaConfiguration":{"Enabled":true}`); err != nil {
			t.Fatal(err)
		}
		want := `{"SoftwareTokenMfaConfiguration":{"Enabled":true},"MfaConfiguration":"OPTIONAL"}`
		if got := told(t, r, id); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if err := set(t, r, id, `,"MfaConfiguration":"OFF"`); err != nil {
			t.Fatal(err)
		}
		if got, want := told(t, r, id), `{"MfaConfiguration":"OFF"}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("required MFA without a factor is refused", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		refused(t, set(t, r, id, `,"MfaConfiguration":"ON"`), fault.InvalidParameter, off)
		refused(t, set(t, r, id, `,"MfaConfiguration":"OPTIONAL","SoftwareTokenMfaConfiguration":{"Enabled":false}`), fault.InvalidParameter, off)
	})
	t.Run("a factor with MFA off is refused", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		refused(t, set(t, r, id, `,"MfaConfiguration":"OFF","SoftwareTokenMfaConfiguration":{"Enabled":true}`), fault.InvalidParameter, both)
	})
	t.Run("a request for passkeys alone cannot take away the last factor in silence", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, `,"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true}`); err != nil {
			t.Fatal(err)
		}
		refused(t, set(t, r, id, `,"WebAuthnConfiguration":{"RelyingPartyId":"example.com"}`), fault.InvalidParameter, off)
	})
	t.Run("the SMS configuration is one and told in both places", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, `,"MfaConfiguration":"ON","SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::000000000000:role/sms"}}`); err != nil {
			t.Fatal(err)
		}
		if doc := r.describe(t, id); doc.SmsConfiguration == nil {
			t.Error("the pool does not tell it")
		}
	})
	t.Run("a pool that can send to phones has that factor from the beginning", func(t *testing.T) {
		r := newRig(t, nil)
		const sms = `{"SnsCallerArn":"arn:aws:iam::000000000000:role/sms"}`
		id := r.pool(t, `{"PoolName":"x","MfaConfiguration":"ON","SmsAuthenticationMessage":"Enter {####}","SmsConfiguration":`+sms+`}`)
		if got, want := told(t, r, id), `{"SmsMfaConfiguration":{"SmsAuthenticationMessage":"Enter {####}","SmsConfiguration":`+sms+`},"MfaConfiguration":"ON"}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if err := set(t, r, id, `,"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true}`); err != nil {
			t.Fatal(err)
		}
		update := `{"UserPoolId":"` + id + `","MfaConfiguration":"ON","SmsConfiguration":` + sms + `}`
		if _, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t, update)); err != nil {
			t.Fatal(err)
		}
		if got, want := told(t, r, id), `{"SoftwareTokenMfaConfiguration":{"Enabled":true},"MfaConfiguration":"ON"}`; got != want {
			t.Errorf("an update gave a factor back that was taken away: got %s", got)
		}
	})
	t.Run("codes by mail are not for the lowest tier", func(t *testing.T) {
		const message = "The following features need to be disabled for the LITE pricing tier configured: Email MFA"
		const email = `,"MfaConfiguration":"ON","EmailMfaConfiguration":{"Message":"Enter {####}"}`
		r := newRig(t, nil)
		lite := r.pool(t, `{"PoolName":"x","UserPoolTier":"LITE"}`)
		refused(t, set(t, r, lite, email), fault.FeatureUnavailableInTier, message)
		id := r.pool(t, `{"PoolName":"x"}`)
		if err := set(t, r, id, email); err != nil {
			t.Fatal(err)
		}
		_, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t, `{"UserPoolId":"`+id+`","MfaConfiguration":"ON","UserPoolTier":"LITE"}`))
		refused(t, err, fault.FeatureUnavailableInTier, message)
		if _, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t, `{"UserPoolId":"`+id+`","MfaConfiguration":"OFF"}`)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNotices(t *testing.T) {
	r := newRig(t, nil)
	id := r.pool(t, `{"PoolName":"x"}`)
	set := func(t *testing.T, members string) error {
		t.Helper()
		_, err := r.SetRisk(t.Context(), read[shape.SetRiskConfigurationRequest](t, `{"UserPoolId":"`+id+`","AccountTakeoverRiskConfiguration":{
			"Actions":{"HighAction":{"Notify":true,"EventAction":"BLOCK"}},"NotifyConfiguration":{
			"SourceArn":"arn:aws:ses:us-east-1:123456789012:identity/example.com"`+members+`}}}`))
		return err
	}
	t.Run("are kept as they are given, with links too", func(t *testing.T) {
		members := `,"From":"Zoë <sec@example.com>","ReplyTo":"help@example.com",` +
			`"BlockEmail":{"Subject":"A sign-in","TextBody":"{one-click-link-valid} {one-click-link-invalid}"}`
		if err := set(t, members); err != nil {
			t.Fatal(err)
		}
		risk, err := r.Risk(t.Context(), id, "")
		if err != nil {
			t.Fatal(err)
		}
		n := risk.AccountTakeoverRiskConfiguration.NotifyConfiguration
		if *n.From != "Zoë <sec@example.com>" || *n.ReplyTo != "help@example.com" || *n.BlockEmail.TextBody != "{one-click-link-valid} {one-click-link-invalid}" {
			t.Errorf("got %s", text(t, risk))
		}
	})
	t.Run("need neither address, and an empty one is none", func(t *testing.T) {
		for _, members := range []string{"", `,"From":"","ReplyTo":""`} {
			if err := set(t, members); err != nil {
				t.Errorf("%s: %v", members, err)
			}
		}
	})
	t.Run("cannot come from what is no address", func(t *testing.T) {
		for _, bad := range []string{"example.com", "a@example.com, b@example.com", `a@example.com\r\nBcc: c@example.com`} {
			for _, name := range []string{"From", "ReplyTo"} {
				refused(t, set(t, `,"`+name+`":"`+bad+`"`), fault.InvalidParameter, name+" must be an e-mail address, with a name or without: Name <name@example.com>.")
			}
		}
	})
}

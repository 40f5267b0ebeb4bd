package pool_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

func TestCreate(t *testing.T) {
	t.Run("a pool that asks for nothing gets what Cognito gives", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"web"}`)
		if !regexp.MustCompile(`^us-east-1_[0-9A-Za-z]{9}$`).MatchString(id) {
			t.Errorf("got id %q", id)
		}
		golden(t, "new-pool.json", r.describe(t, id))
	})
	t.Run("it has a signing key for each use", func(t *testing.T) {
		r := newRig(t, nil)
		p, err := r.Pool(t.Context(), r.pool(t, `{"PoolName":"web"}`))
		if err != nil {
			t.Fatal(err)
		}
		uses := map[model.KeyUse]bool{}
		for _, k := range p.Keys {
			uses[k.Use] = true
		}
		if len(p.Keys) != 2 || !uses[model.KeyForID] || !uses[model.KeyForAccess] {
			t.Errorf("got %d keys for %v", len(p.Keys), uses)
		}
	})
	t.Run("the thousand and first pool is refused", func(t *testing.T) {
		r := newRig(t, nil)
		err := r.db.Update(t.Context(), func(tx *store.Tx) error {
			for i := range 1000 {
				p := &model.Pool{ID: fmt.Sprintf("us-east-1_%09d", i), Doc: &shape.UserPoolType{}, MFA: &shape.SetUserPoolMfaConfigResponse{}}
				if err := tx.CreatePool(p, r.now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Create(t.Context(), read[shape.CreateUserPoolRequest](t, `{"PoolName":"web"}`))
		refused(t, err, fault.LimitExceeded, "The account has reached its limit of 1000 user pools.")
	})
	for _, c := range []struct{ name, in, code, message string }{
		{
			"aliases and user name attributes exclude each other",
			`{"PoolName":"x","AliasAttributes":["email"],"UsernameAttributes":["email"]}`,
			"InvalidParameterException", "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
		},
		{
			"a required custom attribute",
			`{"PoolName":"x","Schema":[{"Name":"team","AttributeDataType":"String","Required":true}]}`,
			"InvalidParameterException", "Required custom attributes are not supported currently.",
		},
		{
			"a custom attribute without a type",
			`{"PoolName":"x","Schema":[{"Name":"team"}]}`,
			"InvalidParameterException", "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
		},
		{
			"a custom attribute twice",
			`{"PoolName":"x","Schema":[{"Name":"team","AttributeDataType":"String"},{"Name":"team","AttributeDataType":"Number"}]}`,
			"InvalidParameterException", "custom:team: Existing attribute already has name custom:team.",
		},
		{
			"a standard attribute of another type",
			`{"PoolName":"x","Schema":[{"Name":"email","AttributeDataType":"Number"}]}`,
			"InvalidParameterException", "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
		},
		{
			"a minimum above the maximum",
			`{"PoolName":"x","Schema":[{"Name":"n","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"9","MaxValue":"1"}}]}`,
			"InvalidParameterException", "custom:n: The minimum of the attribute is above its maximum.",
		},
		{
			"a constraint that is no number",
			`{"PoolName":"x","Schema":[{"Name":"n","AttributeDataType":"String","StringAttributeConstraints":{"MinLength":"x"}}]}`,
			"InvalidParameterException", "custom:n: The constraints of the attribute must be integers.",
		},
		{
			"a longer value than any can be",
			`{"PoolName":"x","Schema":[{"Name":"n","AttributeDataType":"String","StringAttributeConstraints":{"MaxLength":"2049"}}]}`,
			"InvalidParameterException", "custom:n: The length of an attribute is from 0 to 2048.",
		},
		{
			"threat protection below its tier",
			`{"PoolName":"x","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"}}`,
			"FeatureUnavailableInTierException", "The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection",
		},
		{
			"threat protection of custom sign-ins below its tier",
			`{"PoolName":"x","UserPoolTier":"LITE","UserPoolAddOns":{"AdvancedSecurityMode":"OFF","AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"AUDIT"}}}`,
			"FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Threat Protection",
		},
		{
			"an attribute to verify before its update that is not verified at all",
			`{"PoolName":"x","UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]}}`,
			"InvalidParameterException", "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
		},
		{
			"recovery by administrators only, and by e-mail",
			`{"PoolName":"x","AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"admin_only"},{"Priority":2,"Name":"verified_email"}]}}`,
			"InvalidParameterException", "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
		},
		{
			"two lives of temporary passwords",
			`{"PoolName":"x","AdminCreateUserConfig":{"UnusedAccountValidityDays":3},"Policies":{"PasswordPolicy":{"TemporaryPasswordValidityDays":4}}}`,
			"InvalidParameterException", "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
		},
		{
			"MFA without any factor",
			`{"PoolName":"x","MfaConfiguration":"ON"}`,
			"InvalidParameterException", "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
		},
		{
			"a tag of AWS's own",
			`{"PoolName":"x","UserPoolTags":{"aws:cost":"1"}}`,
			"UserPoolTaggingException", "Tag keys must not begin with aws:",
		},
	} {
		t.Run(c.name+" is refused, and nothing is stored", func(t *testing.T) {
			r := newRig(t, nil)
			_, err := r.Create(t.Context(), read[shape.CreateUserPoolRequest](t, c.in))
			refused(t, err, fault.Code(c.code), c.message)
			if list, err := r.List(t.Context(), "", 10); err != nil || len(list) != 0 {
				t.Errorf("got %d pools, %v", len(list), err)
			}
		})
	}
	t.Run("the tier check can be switched off", func(t *testing.T) {
		r := newRig(t, func(c *pool.Config) { c.IgnoreTiers = true })
		r.pool(t, `{"PoolName":"x","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"}}`)
	})
	t.Run("the schema keeps what was asked of standard attributes and names custom ones in full", func(t *testing.T) {
		r := newRig(t, nil)
		p, err := r.Pool(t.Context(), r.pool(t, `{"PoolName":"x","Schema":[
			{"Name":"email","Required":true,"Mutable":false,"AttributeDataType":"String"},
			{"Name":"team","AttributeDataType":"String","StringAttributeConstraints":{"MaxLength":"9"}},
			{"Name":"score","AttributeDataType":"Number","DeveloperOnlyAttribute":true},
			{"Name":"sub","Mutable":true,"Required":false,"AttributeDataType":"String"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"email":            `{"Name":"email","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}}`,
			"custom:team":      `{"Name":"custom:team","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MaxLength":"9"}}`,
			"dev:custom:score": `{"Name":"dev:custom:score","AttributeDataType":"Number","DeveloperOnlyAttribute":true,"Mutable":true,"Required":false,"NumberAttributeConstraints":{}}`,
			"sub":              `{"Name":"sub","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}}`,
		} {
			if got := text(t, p.Attribute(name)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	})
	t.Run("a message is told in both of its places, whichever it was given in", func(t *testing.T) {
		r := newRig(t, nil)
		old := r.describe(t, r.pool(t, `{"PoolName":"x","EmailVerificationMessage":"Your code is {####}","EmailVerificationSubject":"Code"}`))
		if got := wire.Of(old.VerificationMessageTemplate.EmailMessage); got != "Your code is {####}" {
			t.Errorf("template: got %q", got)
		}
		current := r.describe(t, r.pool(t, `{"PoolName":"x","VerificationMessageTemplate":{"SmsMessage":"Code {####}"}}`))
		if got := wire.Of(current.SmsVerificationMessage); got != "Code {####}" {
			t.Errorf("SmsVerificationMessage: got %q", got)
		}
	})
	t.Run("a policy makes only the demands that it says", func(t *testing.T) {
		r := newRig(t, nil)
		p := r.describe(t, r.pool(t, `{"PoolName":"x","Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireNumbers":true}}}`))
		want := `{"MinimumLength":12,"RequireUppercase":false,"RequireLowercase":false,"RequireNumbers":true,"RequireSymbols":false,"TemporaryPasswordValidityDays":7}`
		if got := text(t, p.Policies.PasswordPolicy); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestUpdate(t *testing.T) {
	t.Run("an update replaces: what it leaves out returns to its default", func(t *testing.T) {
		r := newRig(t, nil)
		plain := r.describe(t, r.pool(t, `{"PoolName":"full","AliasAttributes":["email"],"UserPoolTier":"PLUS"}`))
		id := r.pool(t, `{"PoolName":"full","AliasAttributes":["email"],"UserPoolTier":"PLUS",
			"UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},"UserPoolTags":{"a":"b"},"DeletionProtection":"ACTIVE",
			"Policies":{"PasswordPolicy":{"MinimumLength":20,"PasswordHistorySize":3}},"AutoVerifiedAttributes":["email"],
			"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true},"EmailConfiguration":{"From":"a@example.com"},
			"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true},"EmailVerificationMessage":"Your code is {####}",
			"AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"admin_only"}]}}`)
		r.now = r.now.Add(time.Hour)
		if _, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t, `{"UserPoolId":"`+id+`"}`)); err != nil {
			t.Fatal(err)
		}
		got := r.describe(t, id)
		if want := plain.LastModifiedDate.Add(time.Hour); !got.LastModifiedDate.Equal(want) {
			t.Errorf("modified at %v, want %v", got.LastModifiedDate, want)
		}
		plain.Id, plain.Arn, plain.LastModifiedDate = got.Id, got.Arn, got.LastModifiedDate
		if got, want := text(t, got), text(t, plain); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("it stays protected while the tier does", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}}`)
		_, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t,
			`{"UserPoolId":"`+id+`","UserPoolTier":"ESSENTIALS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}}`))
		refused(t, err, fault.FeatureUnavailableInTier, "The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection")
		if got := *r.describe(t, id).UserPoolTier; got != "PLUS" {
			t.Errorf("the tier is now %s", got)
		}
	})
	t.Run("a pool that does not exist", func(t *testing.T) {
		_, err := newRig(t, nil).Update(t.Context(), read[shape.UpdateUserPoolRequest](t, `{"UserPoolId":"us-east-1_Nothing"}`))
		refused(t, err, fault.ResourceNotFound, "User pool us-east-1_Nothing does not exist.")
	})
	t.Run("changes at the same time are all kept", func(t *testing.T) {
		r := newRig(t, nil)
		arn := r.ARN(r.pool(t, `{"PoolName":"x"}`))
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if err := r.Tag(t.Context(), arn, map[string]string{fmt.Sprint(i): "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if tags, err := r.Tags(t.Context(), arn); err != nil || len(tags) != 16 {
			t.Errorf("got %d tags, %v", len(tags), err)
		}
	})
}

func TestDelete(t *testing.T) {
	t.Run("a protected pool stays until its protection is taken away", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x","DeletionProtection":"ACTIVE"}`)
		refused(t, r.Delete(t.Context(), id), fault.InvalidParameter,
			"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
		if _, err := r.Update(t.Context(), read[shape.UpdateUserPoolRequest](t, `{"UserPoolId":"`+id+`","DeletionProtection":"INACTIVE"}`)); err != nil {
			t.Fatal(err)
		}
		if err := r.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		refused(t, r.Delete(t.Context(), id), fault.ResourceNotFound, "User pool "+id+" does not exist.")
	})
}

func TestAddAttributes(t *testing.T) {
	add := func(t *testing.T, r *rig, id, list string) error {
		t.Helper()
		in := read[shape.AddCustomAttributesRequest](t, `{"UserPoolId":"`+id+`","CustomAttributes":`+list+`}`)
		return r.AddAttributes(t.Context(), id, in.CustomAttributes)
	}
	many := func(prefix string, n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"Name":"%s%d","AttributeDataType":"String"}`, prefix, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	t.Run("fifty fit, and one more does not", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		for _, prefix := range []string{"a", "b"} {
			if err := add(t, r, id, many(prefix, 25)); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, add(t, r, id, many("c", 1)), fault.InvalidParameter, "A user pool can have at most 50 custom attributes.")
		if got := len(r.describe(t, id).SchemaAttributes); got != 70 {
			t.Errorf("got %d attributes, want 70", got)
		}
	})
	t.Run("all are added or none", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.pool(t, `{"PoolName":"x"}`)
		err := add(t, r, id, `[{"Name":"good","AttributeDataType":"String"},{"Name":"good","AttributeDataType":"String"}]`)
		refused(t, err, fault.InvalidParameter, "custom:good: Existing attribute already has name custom:good.")
		if got := len(r.describe(t, id).SchemaAttributes); got != 20 {
			t.Errorf("got %d attributes, want 20", got)
		}
	})
}

func TestTags(t *testing.T) {
	t.Run("tags are set, replaced and removed by ARN", func(t *testing.T) {
		r := newRig(t, nil)
		arn := r.ARN(r.pool(t, `{"PoolName":"x","UserPoolTags":{"a":"1"}}`))
		if err := r.Tag(t.Context(), arn, map[string]string{"a": "2", "b": "3"}); err != nil {
			t.Fatal(err)
		}
		if err := r.Untag(t.Context(), arn, []string{"b", "never there"}); err != nil {
			t.Fatal(err)
		}
		if tags, err := r.Tags(t.Context(), arn); err != nil || text(t, tags) != `{"a":"2"}` {
			t.Errorf("got %v, %v", tags, err)
		}
	})
	for name, arn := range map[string]string{
		"of another account": "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_Abc",
		"of another region":  "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/us-east-1_Abc",
		"of no pool":         "arn:aws:cognito-idp:us-east-1:000000000000:userpool/",
	} {
		t.Run("an ARN "+name+" is refused", func(t *testing.T) {
			_, err := newRig(t, nil).Tags(t.Context(), arn)
			refused(t, err, fault.ResourceNotFound, "Resource "+arn+" does not exist.")
		})
	}
	t.Run("more than fifty are refused", func(t *testing.T) {
		r := newRig(t, nil)
		arn := r.ARN(r.pool(t, `{"PoolName":"x"}`))
		tags := map[string]string{}
		for i := range 51 {
			tags[fmt.Sprint(i)] = ""
		}
		refused(t, r.Tag(t.Context(), arn, tags), fault.InvalidParameter, "A user pool can have at most 50 tags.")
	})
}

package scene

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// setting is a short word for members of a request.
type setting struct {
	in  part
	set func(body map[string]any, value string) error
}

// part is which request a setting belongs to.
type part int

const (
	ofPool part = iota
	ofClient
	ofRisk
	ofMFA
)

// settings are the words of pool and client. A word without a value is a flag.
var settings = map[string]setting{
	// The pool's.
	"mode": {ofPool, func(b map[string]any, v string) error {
		b["UserPoolTier"] = "PLUS"
		return text("UserPoolAddOns.AdvancedSecurityMode")(b, v)
	}},
	"alias":       {ofPool, list("AliasAttributes")},
	"usernames":   {ofPool, list("UsernameAttributes")},
	"verify":      {ofPool, list("AutoVerifiedAttributes")},
	"keep":        {ofPool, list("UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate")},
	"insensitive": {ofPool, always("UsernameConfiguration.CaseSensitive", false)},
	"invite-only": {ofPool, always("AdminCreateUserConfig.AllowAdminCreateUserOnly", true)},
	"length":      {ofPool, number("Policies.PasswordPolicy.MinimumLength")},
	"first":       {ofPool, list("Policies.SignInPolicy.AllowedFirstAuthFactors")},
	"custom":      {ofPool, customSetting},
	"history":     {ofPool, number("Policies.PasswordPolicy.PasswordHistorySize")},

	// devices=always or devices=ask, and devices=always,spare where a remembered one spares the second factor
	"devices": {ofPool, func(b map[string]any, v string) error {
		when, spare, _ := strings.Cut(v, ",")
		put(b, "DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt", when == "ask")
		put(b, "DeviceConfiguration.ChallengeRequiredOnNewDevice", spare == "spare")
		return nil
	}},

	// The client's.
	"secret":   {ofClient, always("GenerateSecret", true)},
	"hides":    {ofClient, always("PreventUserExistenceErrors", "ENABLED")},
	"norevoke": {ofClient, always("EnableTokenRevocation", false)},
	"reads":    {ofClient, list("ReadAttributes")},
	"writes":   {ofClient, list("WriteAttributes")},
	"session":  {ofClient, number("AuthSessionValidity")},
	"access":   {ofClient, validity("AccessToken")},
	"id":       {ofClient, validity("IdToken")},
	"refresh":  {ofClient, validity("RefreshToken")},
	// flows=USER_SRP,REFRESH_TOKEN means ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH.
	"flows": {ofClient, func(b map[string]any, v string) error {
		return list("ExplicitAuthFlows")(b, "ALLOW_"+strings.ReplaceAll(v, ",", "_AUTH,ALLOW_")+"_AUTH")
	}},
	// rotation=60: refresh tokens rotate, with so many seconds of grace.
	"rotation": {ofClient, func(b map[string]any, v string) error {
		put(b, "RefreshTokenRotation.Feature", "ENABLED")
		return number("RefreshTokenRotation.RetryGracePeriodSeconds")(b, v)
	}},

	// The pool's second factors: mfa=ON:totp,sms,email.
	"mfa": {ofMFA, func(b map[string]any, v string) error {
		mode, factors, _ := strings.Cut(v, ":")
		b["MfaConfiguration"] = mode
		for f := range strings.SplitSeq(factors, ",") {
			switch f {
			case "totp":
				put(b, "SoftwareTokenMfaConfiguration.Enabled", true)
			case "sms":
				put(b, "SmsMfaConfiguration.SmsConfiguration.SnsCallerArn", "arn:aws:iam::000000000000:role/sms")
			case "email":
				b["EmailMfaConfiguration"] = map[string]any{}
			default:
				return fmt.Errorf("there is no factor %q", f)
			}
		}
		return nil
	}},
	// passkeys=example.com: the relying party of the pool. passkeys=example.com,required
	// has them verify their users, passkeys=example.com,both stand for both factors.
	"passkeys": {ofMFA, func(b map[string]any, v string) error {
		party, rule, _ := strings.Cut(v, ",")
		put(b, "WebAuthnConfiguration.RelyingPartyId", party)
		switch rule {
		case "":
		case "required":
			put(b, "WebAuthnConfiguration.UserVerification", rule)
		case "both":
			put(b, "WebAuthnConfiguration.FactorConfiguration", "MULTI_FACTOR_WITH_USER_VERIFICATION")
		default:
			return fmt.Errorf("there is no rule of passkeys %q", rule)
		}
		return nil
	}},
	// recovery=email,phone_number or recovery=admin_only
	"recovery": {ofPool, func(b map[string]any, v string) error {
		var mechanisms []any
		for i, name := range strings.Split(v, ",") {
			if name != "admin_only" {
				name = "verified_" + name
			}
			mechanisms = append(mechanisms, map[string]any{"Priority": i + 1, "Name": name})
		}
		put(b, "AccountRecoverySetting.RecoveryMechanisms", mechanisms)
		return nil
	}},

	// The pool's risk configuration.
	"CompromisedCredentials": {ofRisk, text("CompromisedCredentialsRiskConfiguration.Actions.EventAction")},
	"events":                 {ofRisk, list("CompromisedCredentialsRiskConfiguration.EventFilter")},
}

func text(path string) func(map[string]any, string) error {
	return func(b map[string]any, v string) error { put(b, path, v); return nil }
}

func list(path string) func(map[string]any, string) error {
	return func(b map[string]any, v string) error { put(b, path, strings.Split(v, ",")); return nil }
}

func always(path string, value any) func(map[string]any, string) error {
	return func(b map[string]any, _ string) error { put(b, path, value); return nil }
}

func number(path string) func(map[string]any, string) error {
	return func(b map[string]any, v string) error {
		n, err := strconv.Atoi(v)
		put(b, path, n)
		return err
	}
}

// validity reads access=10m, in the largest unit that fits.
func validity(token string) func(map[string]any, string) error {
	return func(b map[string]any, v string) error {
		d, err := duration(v)
		unit, name := time.Second, "seconds"
		switch {
		case d%(24*time.Hour) == 0:
			unit, name = 24*time.Hour, "days"
		case d%time.Hour == 0:
			unit, name = time.Hour, "hours"
		case d%time.Minute == 0:
			unit, name = time.Minute, "minutes"
		}
		put(b, token+"Validity", int(d/unit))
		put(b, "TokenValidityUnits."+token, name)
		return err
	}
}

// put sets a member below others, which it makes.
func put(body map[string]any, path string, value any) {
	for {
		name, below, deeper := strings.Cut(path, ".")
		if !deeper {
			body[name] = value
			return
		}
		next, ok := body[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			body[name] = next
		}
		body, path = next, below
	}
}

// draft is the requests that make a pool or a client.
type draft struct {
	name                    string
	pool, client, risk, mfa map[string]any
}

// draft reads NAME [SETTING]... [JSON [JSON]]; the JSON is for the requests in order.
func (w *world) draft(rest string, jsonFor ...part) (draft, error) {
	d := draft{pool: map[string]any{}, client: map[string]any{}, risk: map[string]any{}, mfa: map[string]any{}}
	bodies := map[part]map[string]any{ofPool: d.pool, ofClient: d.client, ofRisk: d.risk, ofMFA: d.mfa}
	d.name, rest = word(rest)
	for rest != "" && rest[0] != '{' {
		var given string
		given, rest = word(rest)
		name, value, _ := strings.Cut(given, "=")
		s, ok := settings[name]
		if !ok {
			return d, fmt.Errorf("there is no setting %q", name)
		}
		if err := s.set(bodies[s.in], value); err != nil {
			return d, fmt.Errorf("setting %s: %w", given, err)
		}
	}
	filled, err := w.fill(rest, inJSON)
	if err != nil {
		return d, err
	}
	documents, err := objects(filled)
	if err != nil {
		return d, err
	}
	if len(documents) > len(jsonFor) {
		return d, fmt.Errorf("want at most %d JSON objects, got %d", len(jsonFor), len(documents))
	}
	for i, document := range documents {
		maps.Copy(bodies[jsonFor[i]], document)
	}
	return d, nil
}

// pool makes a pool and a client of it.
func (w *world) pool(ctx context.Context, rest string) error {
	d, err := w.draft(rest, ofPool, ofClient)
	if err != nil {
		return err
	}
	if len(d.risk) > 0 && d.pool["UserPoolAddOns"] == nil { // an action needs a mode to act in
		if err := settings["mode"].set(d.pool, "ENFORCED"); err != nil {
			return err
		}
	}
	d.pool["PoolName"] = d.name
	out, err := w.ask(ctx, "CreateUserPool", d.pool)
	if err != nil {
		return err
	}
	made, _ := out["UserPool"].(map[string]any)
	id, _ := made["Id"].(string)
	w.vars["pool"], w.vars[d.name] = id, id
	for _, more := range []struct {
		operation string
		body      map[string]any
	}{{"SetRiskConfiguration", d.risk}, {"SetUserPoolMfaConfig", d.mfa}} {
		if len(more.body) == 0 {
			continue
		}
		more.body["UserPoolId"] = id
		if _, err := w.ask(ctx, more.operation, more.body); err != nil {
			return err
		}
	}
	d.name = "app"
	return w.makeClient(ctx, d)
}

// client makes another client of the pool.
func (w *world) client(ctx context.Context, rest string) error {
	d, err := w.draft(rest, ofClient)
	if err != nil {
		return err
	}
	return w.makeClient(ctx, d)
}

// everyFlow is what a client may do unless the story says otherwise.
const everyFlow = "USER_PASSWORD,ADMIN_USER_PASSWORD,USER_SRP"

func (w *world) makeClient(ctx context.Context, d draft) error {
	if d.client["ExplicitAuthFlows"] == nil {
		flows := everyFlow
		if d.client["RefreshTokenRotation"] == nil { // with rotation, this flow cannot be
			flows += ",REFRESH_TOKEN"
		}
		if err := settings["flows"].set(d.client, flows); err != nil {
			return err
		}
	}
	d.client["UserPoolId"], d.client["ClientName"] = w.vars["pool"], d.name
	out, err := w.ask(ctx, "CreateUserPoolClient", d.client)
	if err != nil {
		return err
	}
	made, _ := out["UserPoolClient"].(map[string]any)
	id, _ := made["ClientId"].(string)
	w.vars[d.name] = id
	if secret, ok := made["ClientSecret"].(string); ok {
		w.secrets[id] = secret
		w.vars[d.name+"_secret"] = secret
	}
	return nil
}

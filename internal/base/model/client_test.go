package model_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func TestClientAllows(t *testing.T) {
	all := []string{"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH", "USER_AUTH", "REFRESH_TOKEN_AUTH"}
	for explicit, want := range map[string]string{
		"": "USER_SRP_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",

		"ADMIN_NO_SRP_AUTH":                                          "ADMIN_USER_PASSWORD_AUTH USER_SRP_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"USER_PASSWORD_AUTH":                                         "USER_PASSWORD_AUTH USER_SRP_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"CUSTOM_AUTH_FLOW_ONLY":                                      "CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"ADMIN_NO_SRP_AUTH USER_PASSWORD_AUTH":                       "USER_PASSWORD_AUTH ADMIN_USER_PASSWORD_AUTH USER_SRP_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY":                    "ADMIN_USER_PASSWORD_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"USER_PASSWORD_AUTH CUSTOM_AUTH_FLOW_ONLY":                   "USER_PASSWORD_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",
		"ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH ADMIN_USER_PASSWORD_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH",

		"ALLOW_ADMIN_USER_PASSWORD_AUTH":                    "ADMIN_USER_PASSWORD_AUTH",
		"ALLOW_USER_PASSWORD_AUTH":                          "USER_PASSWORD_AUTH",
		"ALLOW_USER_SRP_AUTH":                               "USER_SRP_AUTH",
		"ALLOW_CUSTOM_AUTH":                                 "CUSTOM_AUTH",
		"ALLOW_USER_AUTH":                                   "USER_AUTH",
		"ALLOW_REFRESH_TOKEN_AUTH":                          "REFRESH_TOKEN_AUTH",
		"ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH REFRESH_TOKEN_AUTH",
		"ALLOW_USER_SRP_AUTH ALLOW_USER_AUTH":               "USER_SRP_AUTH USER_AUTH",

		// The door refuses a mixture; should one be stored, it grants no more than its ALLOW_ values.
		"ALLOW_USER_SRP_AUTH USER_PASSWORD_AUTH": "USER_SRP_AUTH",
	} {
		c := &model.Client{Doc: &shape.UserPoolClientType{ExplicitAuthFlows: strings.Fields(explicit)}}
		var got []string
		for _, flow := range all {
			if c.Allows(flow) {
				got = append(got, flow)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q allows %v, want %s", explicit, got, want)
		}
		for _, flow := range []string{"", "ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "REFRESH_TOKEN", "user_srp_auth"} {
			if c.Allows(flow) {
				t.Errorf("%q allows %q, which is no flow", explicit, flow)
			}
		}
	}
}

func TestClientUsesSRP(t *testing.T) {
	for explicit, want := range map[string]bool{
		"":                               true,
		"ALLOW_USER_SRP_AUTH":            true,
		"ALLOW_USER_AUTH":                true, // may be asked for PASSWORD_SRP
		"ALLOW_CUSTOM_AUTH":              true, // may begin with SRP_A
		"CUSTOM_AUTH_FLOW_ONLY":          true,
		"ALLOW_USER_PASSWORD_AUTH":       false,
		"ALLOW_ADMIN_USER_PASSWORD_AUTH": false,
		"ALLOW_REFRESH_TOKEN_AUTH":       false,
	} {
		c := &model.Client{Doc: &shape.UserPoolClientType{ExplicitAuthFlows: strings.Fields(explicit)}}
		if got := c.UsesSRP(); got != want {
			t.Errorf("%q: got %v, want %v", explicit, got, want)
		}
	}
}

func TestClientValidity(t *testing.T) {
	const day = 24 * time.Hour
	units := func(name string) *shape.TokenValidityUnitsType {
		return &shape.TokenValidityUnitsType{AccessToken: &name, IdToken: &name, RefreshToken: &name}
	}
	for name, c := range map[string]struct {
		doc  shape.UserPoolClientType
		want model.Validity
	}{
		"nothing said":        {shape.UserPoolClientType{}, model.Validity{Access: time.Hour, ID: time.Hour, Refresh: 30 * day}},
		"zero is nothing":     {shape.UserPoolClientType{AccessTokenValidity: new(int32(0)), RefreshTokenValidity: new(int32(0))}, model.Validity{Access: time.Hour, ID: time.Hour, Refresh: 30 * day}},
		"numbers alone":       {shape.UserPoolClientType{AccessTokenValidity: new(int32(2)), IdTokenValidity: new(int32(3)), RefreshTokenValidity: new(int32(4))}, model.Validity{Access: 2 * time.Hour, ID: 3 * time.Hour, Refresh: 4 * day}},
		"seconds":             {shape.UserPoolClientType{AccessTokenValidity: new(int32(300)), IdTokenValidity: new(int32(301)), RefreshTokenValidity: new(int32(3600)), TokenValidityUnits: units("seconds")}, model.Validity{Access: 5 * time.Minute, ID: 301 * time.Second, Refresh: time.Hour}},
		"minutes":             {shape.UserPoolClientType{AccessTokenValidity: new(int32(5)), IdTokenValidity: new(int32(6)), RefreshTokenValidity: new(int32(60)), TokenValidityUnits: units("minutes")}, model.Validity{Access: 5 * time.Minute, ID: 6 * time.Minute, Refresh: time.Hour}},
		"hours":               {shape.UserPoolClientType{RefreshTokenValidity: new(int32(1)), TokenValidityUnits: units("hours")}, model.Validity{Access: time.Hour, ID: time.Hour, Refresh: time.Hour}},
		"days":                {shape.UserPoolClientType{AccessTokenValidity: new(int32(1)), RefreshTokenValidity: new(int32(3650)), TokenValidityUnits: units("days")}, model.Validity{Access: day, ID: time.Hour, Refresh: 3650 * day}},
		"more than there are": {shape.UserPoolClientType{RefreshTokenValidity: new(int32(315360000)), TokenValidityUnits: units("days")}, model.Validity{Access: time.Hour, ID: time.Hour, Refresh: math.MaxInt64}},
	} {
		if got := (&model.Client{Doc: &c.doc}).Validity(); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestClientSettings(t *testing.T) {
	client := func(doc shape.UserPoolClientType) *model.Client { return &model.Client{Doc: &doc} }

	t.Run("a session lasts 3 minutes unless told otherwise", func(t *testing.T) {
		for minutes, want := range map[*int32]time.Duration{nil: 3 * time.Minute, new(int32(0)): 3 * time.Minute, new(int32(15)): 15 * time.Minute} {
			if got := client(shape.UserPoolClientType{AuthSessionValidity: minutes}).SessionValidity(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})

	t.Run("users are hidden only when ENABLED says so", func(t *testing.T) {
		for value, want := range map[string]bool{"ENABLED": true, "LEGACY": false, "": false} {
			if got := client(shape.UserPoolClientType{PreventUserExistenceErrors: &value}).HidesUsers(); got != want {
				t.Errorf("%q: got %v, want %v", value, got, want)
			}
		}
		if client(shape.UserPoolClientType{}).HidesUsers() {
			t.Error("absent: they are hidden")
		}
	})

	t.Run("tokens are revocable unless told otherwise", func(t *testing.T) {
		for value, want := range map[*bool]bool{nil: true, new(true): true, new(false): false} {
			if got := client(shape.UserPoolClientType{EnableTokenRevocation: value}).Revocable(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})

	t.Run("refresh tokens rotate when the feature is on", func(t *testing.T) {
		for _, c := range []struct {
			rotation *shape.RefreshTokenRotationType
			want     string
		}{
			{nil, "false 0s"},
			{&shape.RefreshTokenRotationType{Feature: new("DISABLED"), RetryGracePeriodSeconds: new(int32(60))}, "false 0s"},
			{&shape.RefreshTokenRotationType{Feature: new("ENABLED")}, "true 0s"},
			{&shape.RefreshTokenRotationType{Feature: new("ENABLED"), RetryGracePeriodSeconds: new(int32(60))}, "true 1m0s"},
		} {
			rotates, grace := client(shape.UserPoolClientType{RefreshTokenRotation: c.rotation}).Rotates()
			if got := fmt.Sprint(rotates, " ", grace); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		}
	})

	t.Run("a client is confidential when it has a secret", func(t *testing.T) {
		if (&model.Client{}).Confidential() || !(&model.Client{Secret: []byte{1}}).Confidential() {
			t.Error("it is the other way round")
		}
	})
}

package upstream_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/upstream"
)

const (
	user   = `{"Username":"ann","UserAttributes":[{"Name":"sub","Value":"1"},{"Name":"email","Value":"ann@example.com"}],"UserMFASettingList":["SMS_MFA"],"PreferredMfaSetting":"SMS_MFA"}`
	tokens = `{"AuthenticationResult":{"AccessToken":"access","IdToken":"id","RefreshToken":"refresh","ExpiresIn":3600,"TokenType":"Bearer"},"ChallengeParameters":{}}`
)

func TestAsk(t *testing.T) {
	ask := func(t *testing.T, cfg upstream.Config, answers map[string]string) (*upstream.Person, []string, error) {
		t.Helper()
		var asked []string
		at := cognito(t, func(operation string, in map[string]any) (int, string) {
			asked = append(asked, operation)
			if p, ok := in["AuthParameters"].(map[string]any); ok {
				if p["USERNAME"] != "ann" || p["PASSWORD"] != "right" || (p["SECRET_HASH"] != nil) != (cfg.ClientSecret != "") {
					t.Errorf("%s with %v", operation, p)
				}
			}
			answer := answers[operation]
			if strings.Contains(answer, "__type") {
				return 400, answer
			}
			return 200, answer
		})
		cfg.Endpoint, cfg.ClientID, cfg.Attempts = at, "web", 1
		p, err := open(t, cfg).Ask(t.Context(), "ann", "right")
		return p, asked, err
	}

	t.Run("tokens read the attributes", func(t *testing.T) {
		p, asked, err := ask(t, upstream.Config{ClientSecret: "hush"}, map[string]string{"InitiateAuth": tokens, "GetUser": user})
		if err != nil || p.Username != "ann" || p.Attributes["email"] != "ann@example.com" || p.Status != "CONFIRMED" || p.Preferred != "SMS_MFA" || len(asked) != 2 {
			t.Errorf("got %+v, %v by %v", p, err, asked)
		}
	})
	t.Run("an administrator reads them by the name", func(t *testing.T) {
		p, asked, err := ask(t, upstream.Config{Admin: true}, map[string]string{
			"AdminInitiateAuth": `{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s","ChallengeParameters":{}}`,
			"AdminGetUser":      strings.Replace(user, `"Username"`, `"Enabled":true,"UserStatus":"FORCE_CHANGE_PASSWORD","Username"`, 1),
		})
		if err != nil || p.Username != "ann" || p.Disabled || p.Status != "FORCE_CHANGE_PASSWORD" || len(asked) != 2 {
			t.Errorf("got %+v, %v by %v", p, err, asked)
		}
	})
	t.Run("a temporary password tells them itself", func(t *testing.T) {
		p, _, err := ask(t, upstream.Config{}, map[string]string{
			"InitiateAuth": `{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s","ChallengeParameters":{"USER_ID_FOR_SRP":"ann","userAttributes":"{\"email\":\"ann@example.com\"}"}}`,
		})
		if err != nil || p.Username != "ann" || p.Attributes["email"] != "ann@example.com" || p.Status != "FORCE_CHANGE_PASSWORD" {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("where a second factor comes first, the password is right and nothing is told", func(t *testing.T) {
		p, _, err := ask(t, upstream.Config{}, map[string]string{
			"InitiateAuth": `{"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"s","ChallengeParameters":{"USER_ID_FOR_SRP":"ann"}}`,
		})
		if err != nil || p.Username != "ann" || p.Attributes != nil {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	for answer, refused := range map[string]bool{
		`{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`:                        true,
		`{"__type":"NotAuthorizedException","message":"User is disabled."}`:                                      true,
		`{"__type":"NotAuthorizedException","message":"Password attempts exceeded"}`:                             true,
		`{"__type":"UserNotFoundException","message":"User does not exist."}`:                                    true,
		`{"__type":"UserNotConfirmedException","message":"User is not confirmed."}`:                              true,
		`{"__type":"PasswordResetRequiredException","message":"Password reset required for the user"}`:           true,
		`{"__type":"NotAuthorizedException","message":"Unable to verify secret hash for client web"}`:            false,
		`{"__type":"InvalidParameterException","message":"USER_PASSWORD_AUTH flow not enabled for this client"}`: false,
		`{"__type":"TooManyRequestsException","message":"Rate exceeded"}`:                                        false,
		`{"__type":"ResourceNotFoundException","message":"User pool client web does not exist."}`:                false,
		`{"__type":"InternalErrorException","message":"x"}`:                                                      false,
		`{"ChallengeName":"CUSTOM_CHALLENGE","Session":"s","ChallengeParameters":{}}`:                            false,
		`{"ChallengeName":"PASSWORD_VERIFIER","Session":"s","ChallengeParameters":{}}`:                           false,
	} {
		t.Run(answer, func(t *testing.T) {
			p, _, err := ask(t, upstream.Config{}, map[string]string{"InitiateAuth": answer})
			if p != nil || err == nil || errors.Is(err, upstream.ErrRefused) != refused {
				t.Errorf("got %+v, %v", p, err)
			}
			if err != nil && strings.Contains(err.Error(), "right") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

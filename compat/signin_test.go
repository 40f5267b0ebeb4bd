package compat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, s *server) {
		p := newPool(t, s)
		p.join(t, "ann", good)
		t.Run("gives tokens that name the user", func(t *testing.T) {
			tokens := p.enter(t, "ann", good)
			if got := aws.ToString(tokens.TokenType); got != "Bearer" {
				t.Errorf("got token type %q, want Bearer", got)
			}
			if tokens.ExpiresIn != 3600 {
				t.Errorf("got ExpiresIn %d, want 3600", tokens.ExpiresIn)
			}
			id, access := claims(t, tokens.IdToken), claims(t, tokens.AccessToken)
			wantClaim(t, id, "iss", s.url+"/"+*p.id)
			wantClaim(t, id, "aud", *p.clientID)
			wantClaim(t, id, "token_use", "id")
			wantClaim(t, id, "cognito:username", "ann")
			wantClaim(t, id, "email", "ann@example.com")
			wantClaim(t, access, "token_use", "access")
			wantClaim(t, access, "client_id", *p.clientID)
			wantClaim(t, access, "scope", "aws.cognito.signin.user.admin")
			wantClaim(t, access, "username", "ann")
			if id["sub"] != access["sub"] {
				t.Errorf("sub is %v in the ID token and %v in the access token", id["sub"], access["sub"])
			}
			out, err := p.GetUser(p.ctx, &idp.GetUserInput{AccessToken: tokens.AccessToken})
			if err != nil || aws.ToString(out.Username) != "ann" {
				t.Fatalf("GetUser: got %v, %v, want ann", out, err)
			}
			if !slices.ContainsFunc(out.UserAttributes, func(a types.AttributeType) bool { return *a.Name == "sub" && *a.Value == id["sub"] }) {
				t.Errorf("GetUser's attributes lack the sub of the token")
			}
		})
		t.Run("tells a wrong password and an unknown user alike", func(t *testing.T) {
			_, err := p.signIn("ann", better)
			wantFault[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
			_, err = p.signIn("nobody", better)
			wantFault[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
		})
		t.Run("needs a confirmed user", func(t *testing.T) {
			if err := p.signUp("bob", good); err != nil {
				t.Fatal(err)
			}
			_, err := p.signIn("bob", good)
			wantFault[*types.UserNotConfirmedException](t, err, "User is not confirmed.")
		})
		t.Run("needs an enabled user", func(t *testing.T) {
			p.join(t, "cleo", good)
			name := aws.String("cleo")
			if _, err := p.AdminDisableUser(p.ctx, &idp.AdminDisableUserInput{UserPoolId: p.id, Username: name}); err != nil {
				t.Fatal(err)
			}
			_, err := p.signIn("cleo", good)
			wantFault[*types.NotAuthorizedException](t, err, "User is disabled.")
			if _, err := p.AdminEnableUser(p.ctx, &idp.AdminEnableUserInput{UserPoolId: p.id, Username: name}); err != nil {
				t.Fatal(err)
			}
			p.enter(t, "cleo", good)
		})
		t.Run("locks after five wrong passwords", func(t *testing.T) {
			p.join(t, "dora", good)
			for range 5 {
				_, err := p.signIn("dora", better)
				wantFault[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
			}
			_, err := p.signIn("dora", good)
			wantFault[*types.NotAuthorizedException](t, err, "Password attempts exceeded")
		})
	})
}

func TestAClientWithASecret(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t))
	p.join(t, "ann", good)
	client := p.newClient(t, func(in *idp.CreateUserPoolClientInput) { in.GenerateSecret = true })
	signIn := func(hash string) error {
		parameters := map[string]string{"USERNAME": "ann", "PASSWORD": good}
		if hash != "" {
			parameters["SECRET_HASH"] = hash
		}
		_, err := p.InitiateAuth(p.ctx, &idp.InitiateAuthInput{
			ClientId: client.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: parameters,
		})
		return err
	}
	mac := hmac.New(sha256.New, []byte(*client.ClientSecret))
	mac.Write([]byte("ann" + *client.ClientId))
	if err := signIn(base64.StdEncoding.EncodeToString(mac.Sum(nil))); err != nil {
		t.Errorf("with its SECRET_HASH: %v", err)
	}
	wantFault[*types.NotAuthorizedException](t, signIn(""), "Client "+*client.ClientId+" is configured with secret but SECRET_HASH was not received")
	wantFault[*types.NotAuthorizedException](t, signIn(base64.StdEncoding.EncodeToString(make([]byte, 32))), "Unable to verify secret hash for client "+*client.ClientId)
}

// claims reads a token as an application does that trusts its TLS connection.
func claims(t *testing.T, token *string) map[string]any {
	t.Helper()
	parts := strings.Split(aws.ToString(token), ".")
	if len(parts) != 3 {
		t.Fatalf("a token has %d parts, want 3", len(parts))
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func wantClaim(t *testing.T, claims map[string]any, name, want string) {
	t.Helper()
	if got := claims[name]; got != want {
		t.Errorf("claim %s: got %v, want %q", name, got, want)
	}
}

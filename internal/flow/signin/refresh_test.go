package signin_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
)

const (
	refreshInvalid = "NotAuthorizedException: Invalid Refresh Token"
	refreshExpired = "NotAuthorizedException: Refresh Token has expired"
	refreshRevoked = "NotAuthorizedException: Refresh Token has been revoked"
	refreshReused  = "RefreshTokenReuseException: Refresh token has been used already; all tokens of its sign-in are revoked"
	accessRevoked  = "NotAuthorizedException: Access Token has been revoked"
)

// refresh is REFRESH_TOKEN_AUTH.
func (w *world) refresh(client, refreshToken string, pairs ...string) (*signin.Outcome, error) {
	parameters := map[string]string{"REFRESH_TOKEN": refreshToken}
	for i := 0; i < len(pairs); i += 2 {
		parameters[pairs[i]] = pairs[i+1]
	}
	return w.Start(context.Background(), signin.Attempt{ClientID: client, Flow: "REFRESH_TOKEN_AUTH", Parameters: parameters})
}

// renew is GetTokensFromRefreshToken.
func (w *world) renew(client, refreshToken string) (*signin.Outcome, error) {
	r := signin.Renewal{ClientID: client, Token: refreshToken}
	if client == closet {
		r.ClientSecret = secret
	}
	return w.Renew(context.Background(), r)
}

func TestRefresh(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	ann := w.add("ann", good, nil)

	for story, renew := range map[string]func(refreshToken string) (*signin.Outcome, error){
		"REFRESH_TOKEN_AUTH":        func(r string) (*signin.Outcome, error) { return w.refresh(web, r) },
		"GetTokensFromRefreshToken": func(r string) (*signin.Outcome, error) { return w.renew(web, r) },
		"REFRESH_TOKEN by an administrator": func(r string) (*signin.Outcome, error) {
			return w.Start(context.Background(), signin.Attempt{
				PoolID: poolID, ClientID: web, Admin: true, Flow: "REFRESH_TOKEN", Parameters: map[string]string{"REFRESH_TOKEN": r},
			})
		},
	} {
		t.Run(story+" gives new tokens of the same sign-in, and no new refresh token", func(t *testing.T) {
			first := w.tokens(web, "ann", good)
			was := w.claims(first.Access, token.Access)
			w.pass(10 * time.Minute)
			out, err := renew(first.Refresh)
			w.expect(out, err, "tokens")
			is := w.claims(out.Tokens.Access, token.Access)
			for _, name := range []string{"sub", "event_id", "origin_jti", "auth_time"} {
				if was[name] != is[name] || is[name] == nil {
					t.Errorf("%s was %v and is %v", name, was[name], is[name])
				}
			}
			if is["jti"] == was["jti"] || is["iat"] == was["iat"] || out.Tokens.Refresh != "" {
				t.Errorf("jti %v, iat %v, refresh token %q", is["jti"], is["iat"], out.Tokens.Refresh)
			}
		})
	}
	t.Run("new tokens tell what the user has become", func(t *testing.T) {
		r := w.tokens(web, "ann", good).Refresh
		w.change(ann.Sub, func(u *model.User) { u.Attributes["email"] = "new@example.com" })
		out, err := w.refresh(web, r)
		w.expect(out, err, "tokens")
		if got := w.claims(out.Tokens.ID, token.ID)["email"]; got != "new@example.com" {
			t.Errorf("the ID token says %v", got)
		}
	})
	t.Run("a confidential client hashes the real user name, or the sub", func(t *testing.T) {
		r := w.tokens(closet, "ann", good).Refresh
		for name, want := range map[string]string{
			"ann": "tokens", ann.Sub: "tokens", "bob": "NotAuthorizedException: Unable to verify secret hash for client closet",
		} {
			out, err := w.refresh(closet, r, "SECRET_HASH", credential.SecretHash(secret, name, closet))
			w.expect(out, err, want)
		}
		out, err := w.refresh(closet, r)
		w.expect(out, err, "NotAuthorizedException: Client closet is configured with secret but SECRET_HASH was not received")
		out, err = w.renew(closet, r)
		w.expect(out, err, "tokens")
	})
}

func TestRefreshRefusals(t *testing.T) {
	newToken := func(w *world) string { return w.tokens(web, "ann", good).Refresh }
	for story, c := range map[string]struct {
		spoil func(*world, *model.User) (client, refreshToken string)
		want  string
	}{
		"noise":            {func(*world, *model.User) (string, string) { return web, "noise" }, refreshInvalid},
		"none":             {func(*world, *model.User) (string, string) { return web, "" }, "InvalidParameterException: Missing required parameter REFRESH_TOKEN"},
		"a tampered one":   {func(w *world, _ *model.User) (string, string) { return web, flip(newToken(w)) }, refreshInvalid},
		"an access token":  {func(w *world, _ *model.User) (string, string) { return web, w.tokens(web, "ann", good).Access }, refreshInvalid},
		"another client's": {func(w *world, _ *model.User) (string, string) { return frank, newToken(w) }, refreshInvalid},
		"a rotating client": {func(w *world, _ *model.User) (string, string) {
			return rotating, w.tokens(rotating, "ann", good).Refresh
		}, "InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client"},
		"a client without the flow": {func(w *world, _ *model.User) (string, string) { return narrow, newToken(w) },
			"InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client"},
		"an expired one": {func(w *world, _ *model.User) (string, string) {
			r := newToken(w)
			w.pass(30 * 24 * time.Hour)
			return web, r
		}, refreshExpired},
		"one of a user signed out": {func(w *world, u *model.User) (string, string) {
			r := newToken(w)
			if err := w.SignOut(context.Background(), w.pool, u.Sub); err != nil {
				w.t.Error(err)
			}
			return web, r
		}, refreshRevoked},
		"one of a disabled user": {func(w *world, u *model.User) (string, string) {
			r := newToken(w)
			w.change(u.Sub, func(u *model.User) { u.Enabled = false })
			return web, r
		}, disabled},
		"one of a deleted user": {func(w *world, u *model.User) (string, string) {
			r := newToken(w)
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
			return web, r
		}, refreshInvalid},
		"one of another pool": {func(w *world, _ *model.User) (string, string) {
			return web, token.SealRefresh(w.ring, token.Refresh{PoolID: "us-east-1_Other", FamilyID: "x"})
		}, refreshInvalid},
		"one of a family that never was": {func(w *world, _ *model.User) (string, string) {
			return web, token.SealRefresh(w.ring, token.Refresh{PoolID: poolID, FamilyID: "x"})
		}, refreshInvalid},
		"one of another master key": {func(*world, *model.User) (string, string) {
			return web, token.SealRefresh(sealtest.Ring(t), token.Refresh{PoolID: poolID, FamilyID: "x"})
		}, refreshInvalid},
	} {
		t.Run(story+" is refused", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			client, refreshToken := c.spoil(w, w.add("ann", good, nil))
			out, err := w.refresh(client, refreshToken)
			w.expect(out, err, c.want)
		})
	}
	t.Run("a secret that is wrong, missing or too much is refused", func(t *testing.T) {
		w := newWorld(t, storetest.SQLite(t), nil)
		for _, c := range []struct{ client, secret, want string }{
			{closet, "", "NotAuthorizedException: Client closet is configured with secret but no client secret was received"},
			{closet, "wrong", "NotAuthorizedException: Client secret does not match."},
			{web, secret, "NotAuthorizedException: Client web has no secret but a client secret was received"},
		} {
			out, err := w.Renew(t.Context(), signin.Renewal{ClientID: c.client, ClientSecret: c.secret, Token: "x"})
			w.expect(out, err, c.want)
			w.refused(w.Revoke(t.Context(), c.client, c.secret, "x"), c.want)
		}
	})
}

func TestRefreshNotAllowed(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	w.add("ann", good, nil)
	r := w.tokens(web, "ann", good).Refresh
	w.changeClient(web, func(doc *shape.UserPoolClientType) { doc.ExplicitAuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH"} })
	const want = "InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client"
	t.Run("a client that may not refresh may not by either door", func(t *testing.T) {
		out, err := w.refresh(web, r)
		w.expect(out, err, want)
		out, err = w.renew(web, r)
		w.expect(out, err, want)
	})
}

func TestRotation(t *testing.T) {
	start := func(t *testing.T) (*world, *signin.Tokens) {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.add("ann", good, nil)
		return w, w.tokens(rotating, "ann", good)
	}
	t.Run("each renewal hands out the next token, and the chain keeps its end", func(t *testing.T) {
		w, first := start(t)
		next := first.Refresh
		for range 5 {
			w.pass(5 * 24 * time.Hour)
			out, err := w.renew(rotating, next)
			w.expect(out, err, "tokens")
			if out.Tokens.Refresh == "" || out.Tokens.Refresh == next {
				t.Fatal("no new refresh token")
			}
			next = out.Tokens.Refresh
		}
		w.pass(5 * 24 * time.Hour)
		out, err := w.renew(rotating, next)
		w.expect(out, err, refreshExpired)
	})
	t.Run("a retry within the grace period gets what the first try got", func(t *testing.T) {
		w, first := start(t)
		_, err := w.renew(rotating, first.Refresh)
		w.passed(err)
		w.pass(30*time.Second - time.Microsecond)
		retried, err := w.renew(rotating, first.Refresh)
		w.expect(retried, err, "tokens")
		w.pass(time.Hour)
		out, err := w.renew(rotating, retried.Tokens.Refresh)
		w.expect(out, err, "tokens")
	})
	t.Run("after it, a reuse ends the family: nobody can tell thief from owner", func(t *testing.T) {
		w, first := start(t)
		second, err := w.renew(rotating, first.Refresh)
		w.expect(second, err, "tokens")
		w.pass(30 * time.Second)
		out, err := w.renew(rotating, first.Refresh)
		w.expect(out, err, refreshReused)
		out, err = w.renew(rotating, second.Tokens.Refresh)
		w.expect(out, err, refreshRevoked)
		for _, access := range []string{first.Access, second.Tokens.Access} {
			_, err := w.Bearer(t.Context(), access)
			w.refused(err, accessRevoked)
		}
	})
	t.Run("the one before the last is a reuse even within the grace period", func(t *testing.T) {
		w, first := start(t)
		second, err := w.renew(rotating, first.Refresh)
		w.expect(second, err, "tokens")
		_, err = w.renew(rotating, second.Tokens.Refresh)
		w.passed(err)
		out, err := w.renew(rotating, first.Refresh)
		w.expect(out, err, refreshReused)
	})
	t.Run("another sign-in of the user lives on", func(t *testing.T) {
		w, first := start(t)
		other := w.tokens(rotating, "ann", good)
		w.renew(rotating, first.Refresh) //nolint:errcheck // see above
		w.pass(time.Minute)
		out, err := w.renew(rotating, first.Refresh)
		w.expect(out, err, refreshReused)
		out, err = w.renew(rotating, other.Refresh)
		w.expect(out, err, "tokens")
	})
	t.Run("many renewals at once make one new generation", func(t *testing.T) {
		w, first := start(t)
		wantTally(t, storm(20, func(int) (*signin.Outcome, error) { return w.renew(rotating, first.Refresh) }),
			map[string]int{"tokens": 20})
		w.view(func(tx *store.Tx) error {
			f, err := tx.Family(poolID, w.claims(first.Access, token.Access)["event_id"].(string))
			if err == nil && f.Generation != 1 {
				t.Errorf("the family is at generation %d, want 1", f.Generation)
			}
			return err
		})
	})
	t.Run("a token that was rotated out stays out where the client stops rotating", func(t *testing.T) {
		w, first := start(t)
		second, err := w.renew(rotating, first.Refresh)
		w.expect(second, err, "tokens")
		w.changeClient(rotating, func(doc *shape.UserPoolClientType) {
			doc.RefreshTokenRotation = nil
			doc.ExplicitAuthFlows = append(doc.ExplicitAuthFlows[:2:2], "ALLOW_REFRESH_TOKEN_AUTH")
		})
		out, err := w.refresh(rotating, second.Tokens.Refresh)
		w.expect(out, err, "tokens")
		out, err = w.refresh(rotating, first.Refresh)
		w.expect(out, err, refreshReused)
	})
}

func TestRevoke(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	ann := w.add("ann", good, nil)
	revoke := func(client, text string) error {
		given := ""
		if client == closet {
			given = secret
		}
		return w.Revoke(t.Context(), client, given, text)
	}
	t.Run("a refresh token takes its access tokens along, and no others", func(t *testing.T) {
		one, other := w.tokens(web, "ann", good), w.tokens(web, "ann", good)
		renewed, err := w.refresh(web, one.Refresh)
		w.expect(renewed, err, "tokens")
		for range 2 { // twice is once
			w.passed(revoke(web, one.Refresh))
		}
		for _, access := range []string{one.Access, renewed.Tokens.Access} {
			_, err := w.Bearer(t.Context(), access)
			w.refused(err, accessRevoked)
		}
		out, err := w.refresh(web, one.Refresh)
		w.expect(out, err, refreshRevoked)
		if _, err := w.Bearer(t.Context(), other.Access); err != nil {
			t.Errorf("another sign-in was ended: %v", err)
		}
	})
	t.Run("what is no refresh token of ours is no error", func(t *testing.T) {
		kept := w.tokens(web, "ann", good)
		for _, text := range []string{"", "noise", "a.b.c", "a.b.c.d.e", flip(kept.Refresh),
			token.SealRefresh(w.ring, token.Refresh{PoolID: poolID, FamilyID: "gone"})} {
			w.passed(revoke(web, text))
		}
		w.passed(revoke(frank, kept.Refresh))
		if _, err := w.Bearer(t.Context(), kept.Access); err != nil {
			t.Errorf("another client revoked: %v", err)
		}
	})
	t.Run("ID and access tokens cannot be revoked", func(t *testing.T) {
		kept := w.tokens(web, "ann", good)
		for _, text := range []string{kept.Access, kept.ID} {
			w.refused(revoke(web, text), "UnsupportedTokenTypeException: Only refresh tokens can be revoked.")
		}
	})
	t.Run("a client may have revocation off", func(t *testing.T) {
		w.refused(revoke(narrow, "x"), "UnsupportedOperationException: Token revocation is disabled for this client.")
	})
	t.Run("its tokens have no jti, and a sign-out ends them all the same", func(t *testing.T) {
		w.changeClient(frank, func(doc *shape.UserPoolClientType) { doc.EnableTokenRevocation = ptr(false) })
		got := w.tokens(frank, "ann", good)
		if c := w.claims(got.Access, token.Access); c["jti"] != nil || c["origin_jti"] != nil || c["event_id"] == nil {
			t.Errorf("got jti %v, origin_jti %v, event_id %v", c["jti"], c["origin_jti"], c["event_id"])
		}
		w.passed(w.SignOut(t.Context(), w.pool, ann.Sub))
		_, err := w.Bearer(t.Context(), got.Access)
		w.refused(err, accessRevoked)
	})
	t.Run("a sign-out ends every sign-in of the user, and nobody else's", func(t *testing.T) {
		w.add("bob", good, nil)
		one, two, bobs := w.tokens(web, "ann", good), w.tokens(closet, "ann", good), w.tokens(web, "bob", good)
		w.passed(w.SignOut(t.Context(), w.pool, ann.Sub))
		for _, access := range []string{one.Access, two.Access} {
			_, err := w.Bearer(t.Context(), access)
			w.refused(err, accessRevoked)
		}
		if _, err := w.Bearer(t.Context(), bobs.Access); err != nil {
			t.Errorf("bob was signed out: %v", err)
		}
		w.tokens(web, "ann", good)
	})
}

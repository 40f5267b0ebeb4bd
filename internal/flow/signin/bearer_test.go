package signin_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	accessInvalid = "NotAuthorizedException: Invalid Access Token"
	accessExpired = "NotAuthorizedException: Access Token has expired"
	accessScope   = "NotAuthorizedException: Access Token does not have required scopes"
)

func TestBearer(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	ann := w.add("ann", good, nil)
	access := w.tokens(closet, "ann", good).Access
	got, err := w.Bearer(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	if got.User.Sub != ann.Sub || got.Client.ID != closet || got.Pool.ID != poolID || got.FamilyID != w.claims(access, token.Access)["event_id"] {
		t.Errorf("got user %s, client %s, pool %s, family %s", got.User.Sub, got.Client.ID, got.Pool.ID, got.FamilyID)
	}
}

func TestBearerRefusals(t *testing.T) {
	// forge signs what we never would, with our own key unless told otherwise.
	forge := func(w *world, u *model.User, key int, change func(*token.Grant, *[]string)) string {
		now := w.clock()
		g := token.Grant{Issuer: issuer, ClientID: web, Subject: u.Sub, Username: u.Username, EventID: "e", AuthTime: now, IssuedAt: now}
		scopes := []string{"aws.cognito.signin.user.admin"}
		if change != nil {
			change(&g, &scopes)
		}
		text, err := testkeys.Key(key).Sign(g.AccessClaims("", now.Add(time.Hour), scopes, ""))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for story, c := range map[string]struct {
		make func(*world, *model.User) string
		want string
	}{
		"none":            {func(*world, *model.User) string { return "" }, accessInvalid},
		"noise":           {func(*world, *model.User) string { return "a.b.c" }, accessInvalid},
		"an ID token":     {func(w *world, _ *model.User) string { return w.tokens(web, "ann", good).ID }, accessInvalid},
		"a refresh token": {func(w *world, _ *model.User) string { return w.tokens(web, "ann", good).Refresh }, accessInvalid},
		"a tampered one":  {func(w *world, _ *model.User) string { return flip(w.tokens(web, "ann", good).Access) }, accessInvalid},
		"one without its signature": {func(w *world, _ *model.User) string {
			text := w.tokens(web, "ann", good).Access
			return text[:len(text)-342]
		}, accessInvalid},
		"one signed by a stranger": {func(w *world, u *model.User) string { return forge(w, u, 2, nil) }, accessInvalid},
		"one of another server": {func(w *world, u *model.User) string {
			return forge(w, u, 1, func(g *token.Grant, _ *[]string) { g.Issuer = "https://other.example/" + poolID })
		}, accessInvalid},
		"one of a pool that is not there": {func(w *world, u *model.User) string {
			return forge(w, u, 1, func(g *token.Grant, _ *[]string) { g.Issuer = base + "/us-east-1_Gone" })
		}, accessInvalid},
		"one whose issuer only begins like ours": {func(w *world, u *model.User) string {
			return forge(w, u, 1, func(g *token.Grant, _ *[]string) { g.Issuer = base + "/" + poolID + "/x" })
		}, accessInvalid},
		"one without the scope": {func(w *world, u *model.User) string {
			return forge(w, u, 1, func(_ *token.Grant, scopes *[]string) { *scopes = []string{"openid", "email"} })
		}, accessScope},
		"one of a family that never was": {func(w *world, u *model.User) string { return forge(w, u, 1, nil) }, accessRevoked},
		"one of no family": {func(w *world, u *model.User) string {
			return forge(w, u, 1, func(g *token.Grant, _ *[]string) { g.EventID = "" })
		}, accessRevoked},
		"an expired one": {func(w *world, _ *model.User) string {
			text := w.tokens(web, "ann", good).Access
			w.pass(time.Hour)
			return text
		}, accessExpired},
		"one of a disabled user": {func(w *world, u *model.User) string {
			text := w.tokens(web, "ann", good).Access
			w.change(u.Sub, func(u *model.User) { u.Enabled = false })
			return text
		}, disabled},
		"one of a deleted user": {func(w *world, u *model.User) string {
			text := w.tokens(web, "ann", good).Access
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(poolID, u.Sub) })
			return text
		}, noUser},
		"one of a deleted client": {func(w *world, _ *model.User) string {
			text := w.tokens(web, "ann", good).Access
			w.update(func(tx *store.Tx) error { return tx.DeleteClient(poolID, web) })
			return text
		}, accessRevoked},
		"one of a deleted pool": {func(w *world, _ *model.User) string {
			text := w.tokens(web, "ann", good).Access
			w.update(func(tx *store.Tx) error { return tx.DeletePool(poolID) })
			return text
		}, accessInvalid},
	} {
		t.Run(story+" is refused", func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			u := w.add("ann", good, nil)
			_, err := w.Bearer(context.Background(), c.make(w, u))
			w.refused(err, c.want)
		})
	}
}

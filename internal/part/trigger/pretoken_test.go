package trigger_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

func claims() (id, access map[string]any) {
	id = map[string]any{
		"sub": "s", "aud": "app", "token_use": "id", "exp": 9, "email": "ann@example.com", "cognito:username": "ann", "gatehouse:new_password_due": true,
		"cognito:groups": []string{"staff"}, "cognito:roles": []string{"arn:staff"}, "cognito:preferred_role": "arn:staff",
	}
	access = map[string]any{
		"sub": "s", "client_id": "app", "token_use": "access", "username": "ann", "version": 2, "scope": "aws.cognito.signin.user.admin openid",
		"cognito:groups": []string{"staff"},
	}
	return id, access
}

func overrides[R interface{ Overrides() trigger.Overrides }](t *testing.T, response string) trigger.Overrides {
	t.Helper()
	var r R
	if err := wire.Read([]byte(response), &r); err != nil {
		t.Fatal(err)
	}
	return r.Overrides()
}

func TestAnAnswerThatSaysNothingChangesNothing(t *testing.T) {
	for _, o := range []trigger.Overrides{
		overrides[trigger.PreTokenV1](t, `{}`), overrides[trigger.PreTokenV1](t, `{"claimsOverrideDetails":null}`), overrides[trigger.PreTokenV2](t, `{}`),
	} {
		id, access := claims()
		o.ApplyID(id)
		o.ApplyAccess(access)
		if wantID, wantAccess := claims(); !reflect.DeepEqual(id, wantID) || !reflect.DeepEqual(access, wantAccess) {
			t.Errorf("got %v %v", id, access)
		}
	}
}

func TestTheFirstFormChangesTheIDToken(t *testing.T) {
	o := overrides[trigger.PreTokenV1](t, `{"claimsOverrideDetails":{
		"claimsToAddOrOverride":{"tenant":"a","email":"x@example.com","sub":"other","aud":"other","cognito:username":"root","exp":"1"},
		"claimsToSuppress":["email","token_use","cognito:username"],
		"groupOverrideDetails":{"groupsToOverride":["night"],"iamRolesToOverride":["arn:night"],"preferredRole":"arn:night"}}}`)
	id, access := claims()
	o.ApplyID(id)
	o.ApplyAccess(access)
	want := map[string]any{
		"sub": "s", "aud": "app", "token_use": "id", "exp": 9, "tenant": "a", "cognito:username": "ann", "gatehouse:new_password_due": true,
		"cognito:groups": []string{"night"}, "cognito:roles": []string{"arn:night"}, "cognito:preferred_role": "arn:night",
	}
	if !reflect.DeepEqual(id, want) {
		t.Errorf("got  %v\nwant %v", id, want)
	}
	if got := access["cognito:groups"]; !reflect.DeepEqual(got, []string{"night"}) || access["tenant"] != nil {
		t.Errorf("the access token: got %v", access)
	}
}

func TestAnAnswerWithoutGroupsTakesThemAway(t *testing.T) {
	o := overrides[trigger.PreTokenV1](t, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tenant":"a"},"groupOverrideDetails":null}}`)
	id, access := claims()
	o.ApplyID(id)
	o.ApplyAccess(access)
	for _, name := range []string{"cognito:groups", "cognito:roles", "cognito:preferred_role"} {
		if id[name] != nil || access[name] != nil {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestTheSecondFormChangesBothTokensAndScopes(t *testing.T) {
	o := overrides[trigger.PreTokenV2](t, `{"claimsAndScopeOverrideDetails":{
		"idTokenGeneration":{"claimsToAddOrOverride":{"address":{"city":"Oslo"}},"claimsToSuppress":["email"]},
		"accessTokenGeneration":{"claimsToAddOrOverride":{"level":3,"roles":["a","b"],"client_id":"other","scope":"all"},"claimsToSuppress":["username"],
			"scopesToAdd":["orders/read","two words","openid"],"scopesToSuppress":["aws.cognito.signin.user.admin"]},
		"groupOverrideDetails":{"groupsToOverride":["staff"]}}}`)
	id, access := claims()
	o.ApplyID(id)
	o.ApplyAccess(access)
	if id["email"] != nil || !reflect.DeepEqual(id["address"], map[string]any{"city": "Oslo"}) {
		t.Errorf("the ID token: got %v", id)
	}
	if access["scope"] != "openid orders/read" || access["client_id"] != "app" || access["username"] != "ann" ||
		!reflect.DeepEqual(access["roles"], []any{"a", "b"}) || access["level"] != 3.0 {
		t.Errorf("the access token: got %v", access)
	}
}

// TestReservedClaimsStand throws whatever a function might answer at both tokens.
func TestReservedClaimsStand(t *testing.T) {
	names := []string{"sub", "aud", "iss", "exp", "token_use", "client_id", "username", "version", "event_id", "cognito:username", "email", "tenant", "scope", "gatehouse:new_password_due", ""}
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SliceOf(rapid.SampledFrom(names))
		change := func(label string) trigger.ClaimChanges {
			c := trigger.ClaimChanges{Add: map[string]any{}, Suppress: some.Draw(r, label+" suppressed")}
			for _, name := range some.Draw(r, label+" added") {
				c.Add[name] = "changed"
			}
			c.AddScopes = rapid.SliceOf(rapid.StringMatching(`[a-z /]{0,6}`)).Draw(r, label+" scopes")
			return c
		}
		o := trigger.Overrides{ID: change("id"), Access: change("access")}
		id, access := claims()
		wantID, wantAccess := claims()
		o.ApplyID(id)
		o.ApplyAccess(access)
		free := []string{"email", "tenant", "scope"}
		for _, token := range []struct {
			what      string
			got, want map[string]any
		}{{"ID", id, wantID}, {"access", access, wantAccess}} {
			for name := range maps.Keys(token.got) {
				if !slices.Contains(free, name) && !reflect.DeepEqual(token.got[name], token.want[name]) && !(name == "username" || name == "client_id" || name == "version") {
					r.Fatalf("the %s token's %q is %v, was %v", token.what, name, token.got[name], token.want[name])
				}
			}
			for name := range token.want {
				if token.got[name] == nil && !slices.Contains(free, name) {
					r.Fatalf("the %s token lost %q", token.what, name)
				}
			}
		}
		if scope := access["scope"].(string); strings.Join(strings.Fields(scope), " ") != scope {
			r.Fatalf("got scope %q", scope)
		}
		for _, name := range []string{"client_id", "username", "version"} {
			if !reflect.DeepEqual(access[name], wantAccess[name]) {
				r.Fatalf("the access token's %s is %v", name, access[name])
			}
		}
	})
}

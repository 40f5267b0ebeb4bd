package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLockout(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "ann")
	path := "/pools/" + at.pool + "/users/ann/lockout"
	type failures struct {
		Of                  string
		Count               int64
		Locked              bool
		LastAt, ForgottenAt time.Time
		LockedUntil         *time.Time
	}
	get := func() (list []failures) {
		t.Helper()
		var out struct {
			Username string
			Failures []failures
		}
		r.call(t, "GET", path, "").into(t, &out)
		if out.Username != "ann" || out.Failures == nil {
			t.Errorf("got %+v", out)
		}
		return out.Failures
	}
	fail := func() reply {
		t.Helper()
		return r.cognito(t, "InitiateAuth", fmt.Sprintf(
			`{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"Wrong-Horse-7"}}`, at.client))
	}
	if list := get(); len(list) != 0 {
		t.Errorf("before any: got %+v", list)
	}
	for range 4 {
		fail()
	}
	if list := get(); len(list) != 1 || list[0].Of != "account" || list[0].Count != 4 || list[0].Locked || list[0].LockedUntil != nil || !list[0].LastAt.Equal(noon) {
		t.Errorf("after four: got %+v", list)
	}
	fail()
	if list := get(); len(list) != 1 || list[0].Count != 5 || !list[0].Locked || !list[0].LockedUntil.Equal(noon.Add(time.Second)) || !list[0].ForgottenAt.After(noon) {
		t.Errorf("after five: got %+v", list)
	}
	if got := fail(); !strings.Contains(got.body, "Password attempts exceeded") {
		t.Errorf("the sixth: got %s", got.body)
	}
	if got := r.call(t, "DELETE", path, ""); got.status != 204 {
		t.Errorf("unlock: got %d %s", got.status, got.body)
	}
	if list := get(); len(list) != 0 {
		t.Errorf("afterwards: got %+v", list)
	}
	if got := fail(); !strings.Contains(got.body, "Incorrect username or password") {
		t.Errorf("the next: got %s", got.body)
	}
	r.clock.pass(time.Hour)
	if list := get(); len(list) != 0 {
		t.Errorf("what is an hour old still counts: got %+v", list)
	}
	for _, method := range []string{"GET", "DELETE"} {
		refused(t, r.call(t, method, "/pools/"+at.pool+"/users/nobody/lockout", ""), 404, "UserNotFound", "User does not exist.")
	}
}

func TestLockoutOfANetwork(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "ann")
	if got := r.call(t, "PUT", "/pools/"+at.pool+"/policy", `{"lockout":{"perNetwork":2}}`, "If-Match", "*"); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	attempt := func(name, password string) string {
		t.Helper()
		return r.cognito(t, "InitiateAuth", fmt.Sprintf(
			`{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":%q,"PASSWORD":%q}}`, at.client, name, password)).body
	}
	r.user(t, at, "bob")
	for range 2 {
		attempt("bob", "Wrong-Horse-7")
	}
	if got := attempt("ann", secret); !strings.Contains(got, "exceeded") {
		t.Fatalf("the network is not locked: got %s", got)
	}
	if got := r.call(t, "DELETE", "/pools/"+at.pool+"/networks/127.0.0.200/lockout", ""); got.status != 204 {
		t.Errorf("unlock: got %d %s", got.status, got.body)
	}
	if got := attempt("ann", secret); !strings.Contains(got, "AccessToken") {
		t.Errorf("afterwards: got %s", got)
	}
	refused(t, r.call(t, "DELETE", "/pools/"+at.pool+"/networks/office/lockout", ""), 400, "InvalidParameter", "The network is named by one of its addresses.")
	refused(t, r.call(t, "DELETE", "/pools/us-east-1_Abcdefghi/networks/192.0.2.1/lockout", ""), 404, "ResourceNotFound", "User pool us-east-1_Abcdefghi does not exist.")
}

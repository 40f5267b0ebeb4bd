package admin_test

import (
	"encoding/json"
	"testing"
)

func TestExportAndErasure(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	type export struct {
		Username, UserPoolID string
		Profile              json.RawMessage
		Events               []struct{ ID string }
		Feedback             []struct{ Value string }
	}
	path := "/pools/" + at.pool + "/users/ann/"
	get := func() (e export) {
		t.Helper()
		r.call(t, "GET", path+"export", "").into(t, &e)
		return e
	}
	r.user(t, at, "ann")
	for range 3 {
		r.signIn(t, at, "ann", secret)
	}
	list, _ := r.events(t, at, "ann", "")
	r.call(t, "POST", "/pools/"+at.pool+"/events/"+list[0].ID+"/feedback", `{"value":"Valid"}`)

	if e := get(); e.Username != "ann" || len(e.Events) != 3 || len(e.Feedback) != 1 || string(e.Profile) == "null" {
		t.Errorf("all that is kept: got %+v", e)
	}
	erase := func(query string) {
		t.Helper()
		if got := r.call(t, "DELETE", path+"history"+query, ""); got.status != 204 || got.body != "" || got.header.Get("Content-Type") != "" {
			t.Errorf("got %d %q", got.status, got.body)
		}
	}
	erase("?keepProfile=true")
	if e := get(); len(e.Events) != 0 || len(e.Feedback) != 0 || string(e.Profile) == "null" {
		t.Errorf("without what is kept of events: got %+v", e)
	}
	erase("")
	if e := get(); string(e.Profile) != "null" {
		t.Errorf("without what was learned: got %+v", e)
	}
	erase("?keepProfile=false") // of nothing
	refused(t, r.call(t, "DELETE", path+"history?keepProfile=yes", ""), 400, "InvalidParameter", "keepProfile is true or false.")
	for _, missing := range []struct{ method, path string }{{"GET", "export"}, {"DELETE", "history"}} {
		refused(t, r.call(t, missing.method, "/pools/"+at.pool+"/users/nobody/"+missing.path, ""), 404, "UserNotFound", "User does not exist.")
		refused(t, r.call(t, missing.method, "/pools/us-east-1_Abcdefghi/users/ann/"+missing.path, ""), 404, "ResourceNotFound", "User pool us-east-1_Abcdefghi does not exist.")
	}
}

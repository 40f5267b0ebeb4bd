package admin_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gatehouse-id/gatehouse/internal/door/admin"
)

// operation is one that the API has, with its path for a pool that exists.
type operation struct{ method, path, action, body string }

// operations are all of them.
func operations(pool, client string) (list []operation) {
	names := strings.NewReplacer("{pool}", pool, "{client}", client, "{user}", "ann", "{event}", "019cae6b-6580-7000-8000-000000000000", "{version}", "1", "{address}", "192.0.2.1")
	for _, row := range admin.Rows() {
		o := operation{method: row.Method, path: names.Replace(row.Path), action: "gatehouse:" + row.Name}
		if o.method == http.MethodPut || o.method == http.MethodPost && !strings.Contains(o.path, "rollback") {
			o.body = "{}"
		}
		list = append(list, o)
	}
	return list
}

func TestWhoMayCall(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	list := operations(at.pool, at.client)
	if len(list) < 20 {
		t.Fatalf("only %d operations are tested", len(list))
	}
	denied := func(t *testing.T, key aws.Credentials, o operation) {
		t.Helper()
		got := r.as(t, key, o.method, o.path, o.body)
		refused(t, got, 403, "AccessDenied", "User: arn:aws:iam::000000000000:user/ops is not authorized to perform: "+o.action+
			" on resource: "+arn(at.pool)+" because no identity-based policy allows the "+o.action+" action")
	}
	others := map[string]aws.Credentials{
		"of Cognito's API":     r.key(t, "cognito-idp:*", "*"),
		"of another pool":      r.key(t, "*", arn(at.pool+"x")),
		"of no pool":           r.key(t, "gatehouse:*", "arn:aws:iam::*"),
		"of another operation": r.key(t, "gatehouse:Nothing", "*"),
	}
	for _, o := range list {
		t.Run(o.method+" "+o.path, func(t *testing.T) {
			got := r.do(t, r.request(t, o.method, o.path, o.body))
			refused(t, got, 401, "MissingAuthenticationToken", "Missing Authentication Token")
			if got.header.Get("WWW-Authenticate") == "" {
				t.Error("nothing tells how to authenticate")
			}
			for name, key := range others {
				t.Run("with a key "+name, func(t *testing.T) { denied(t, key, o) })
			}
			one := r.key(t, o.action, arn(at.pool))
			if got := r.as(t, one, o.method, o.path, o.body); got.status == 401 || got.status == 403 {
				t.Errorf("with the key for it: got %d %s", got.status, got.body)
			}
			for _, other := range list {
				if other.action != o.action {
					denied(t, one, other)
				}
			}
		})
	}
	t.Run("a pool that is not there is as forbidden as one that is", func(t *testing.T) {
		key := r.key(t, "*", arn(at.pool))
		a, b := r.as(t, key, "GET", "/pools/us-east-1_Abcdefghi/policy", ""), r.as(t, key, "GET", "/pools/"+r.town(t).pool+"/policy", "")
		if a.status != 403 || b.status != 403 {
			t.Errorf("got %d and %d", a.status, b.status)
		}
	})
	t.Run("a path cannot leave the pool that it was allowed for", func(t *testing.T) {
		key := r.key(t, "*", arn(at.pool))
		for _, path := range []string{
			"/pools/" + at.pool + "%2F..%2Fus-east-1_Abcdefghi/policy", "/pools/" + at.pool + "/../us-east-1_Abcdefghi/policy",
			"/pools/" + at.pool + "%00/policy", "/pools/" + at.pool + "*/policy",
		} {
			if got := r.as(t, key, "GET", path, ""); got.status != 403 && got.status != 404 {
				t.Errorf("%s: got %d %s", path, got.status, got.body)
			}
		}
	})
}

func TestSignaturesThatAreRefused(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	path, body := "/pools/"+at.pool+"/policy", `{"breach":{"response":"flag"}}`
	signed := func(edit func(*http.Request), options ...func(*aws.Credentials, *string, *time.Time)) *http.Request {
		req := r.request(t, "PUT", path, body, "If-Match", "0")
		key, service, when := r.master, "gatehouse", r.clock.now()
		for _, o := range options {
			o(&key, &service, &when)
		}
		sign(t, req, key, service, body, when)
		if edit != nil {
			edit(req)
		}
		return req
	}
	const wrong = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	for _, c := range []struct {
		story         string
		req           *http.Request
		code, message string
	}{
		{"with a wrong secret", signed(nil, func(k *aws.Credentials, _ *string, _ *time.Time) { k.SecretAccessKey = strings.Repeat("x", 40) }), "InvalidSignature", wrong},
		{"of an unknown key", signed(nil, func(k *aws.Credentials, _ *string, _ *time.Time) { k.AccessKeyID = "AKIANOBODYNOBODYNOBO" }),
			"UnrecognizedClient", "The security token included in the request is invalid."},
		{"for the other API", signed(nil, func(_ *aws.Credentials, service *string, _ *time.Time) { *service = "cognito-idp" }),
			"InvalidSignature", "Credential should be scoped to correct service: 'gatehouse'."},
		{"of yesterday", signed(nil, func(_ *aws.Credentials, _ *string, at *time.Time) { *at = at.Add(-24 * time.Hour) }), "InvalidSignature",
			"Signature expired: 20260301T120000Z is now earlier than 20260302T115500Z (20260302T120000Z - 5 min.)"},
		{"of another method", signed(func(r *http.Request) { r.Method = "DELETE" }), "InvalidSignature", wrong},
		{"of another pool", signed(func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, at.pool, at.pool+"x", 1) }), "InvalidSignature", wrong},
		{"of another query", signed(func(r *http.Request) { r.URL.RawQuery = "a=b" }), "InvalidSignature", wrong},
		{"of another body", signed(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "flag", "none", 1)))
		}), "InvalidSignature", wrong},
		{"of another version", signed(func(r *http.Request) { r.Header.Set("If-Match", "*") }), "InvalidSignature", wrong},
		{"that leaves the version open", signed(func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";if-match", "", 1))
		}), "IncompleteSignature", "The header 'if-match' must be signed."},
		{"that leaves the type open", signed(func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "content-type;", "", 1))
		}), "IncompleteSignature", "The header 'content-type' must be signed."},
		{"in the query", signed(func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "X-Amz-Signature=00" }),
			"IncompleteSignature", "A signature in the query string is not supported: sign with the Authorization header."},
	} {
		t.Run("a signature "+c.story, func(t *testing.T) { refused(t, r.do(t, c.req), 401, c.code, c.message) })
	}
	t.Run("and nothing was set", func(t *testing.T) {
		var got struct{ Version int64 }
		r.call(t, "GET", path, "").into(t, &got)
		if got.Version != 0 {
			t.Errorf("version %d holds", got.Version)
		}
	})
	t.Run("the same request as it was signed passes", func(t *testing.T) {
		if got := r.do(t, signed(nil)); got.status != 200 {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	t.Run("a signature for this API is none for the other", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", r.url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
		sign(t, req, r.master, "gatehouse", "{}", r.clock.now())
		if got := r.do(t, req); got.status != 400 || !strings.Contains(got.body, "InvalidSignatureException") {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	t.Run("a body is not looked at before its signature holds", func(t *testing.T) {
		req := r.request(t, "PUT", path, "{broken")
		refused(t, r.do(t, req), 401, "MissingAuthenticationToken", "Missing Authentication Token")
	})
}

func TestDevelopment(t *testing.T) {
	r := newRig(t, dev)
	at := r.town(t)
	path := "/pools/" + at.pool + "/policy"
	for name, header := range map[string][]string{
		"no credentials":         nil,
		"any credentials":        {"Authorization", "AWS4-HMAC-SHA256 Credential=test/20200101/eu-west-1/gatehouse/aws4_request, SignedHeaders=host, Signature=00"},
		"a page of this machine": {"Origin", "http://localhost:3000"},
	} {
		if got := r.do(t, r.request(t, "GET", path, "", header...)); got.status != 200 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	for _, origin := range []string{"https://example.com", "null"} {
		got := r.do(t, r.request(t, "PUT", path, "{}", "If-Match", "*", "Origin", origin))
		refused(t, got, 403, "AccessDenied", "While signatures are not checked, this operation is only for pages of this machine.")
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("a page of %s may read: %s", origin, name)
			}
		}
	}
	t.Run("a page of another machine whose name points here", func(t *testing.T) {
		req := r.request(t, "GET", path, "")
		req.Host = "attacker.example:9470"
		refused(t, r.do(t, req), 403, "AccessDenied", "While signatures are not checked, this operation is only for pages of this machine.")
	})
	r.do(t, r.request(t, "PUT", path, "{}", "If-Match", "*"))
	var got struct{ Author string }
	r.do(t, r.request(t, "GET", path, "")).into(t, &got)
	if got.Author != "development" {
		t.Errorf("the author is %q", got.Author)
	}
}

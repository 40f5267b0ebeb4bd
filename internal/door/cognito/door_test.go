package cognito

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

// goodBody is accepted by ListUserPools.
const goodBody = `{"MaxResults":1}`

func TestBadInput(t *testing.T) {
	r := newRig(t, anyCredentials)
	serialization := func(what string) string { return "The request body " + what + "." }
	for _, c := range []struct{ name, body, message string }{
		{"malformed JSON", `{"MaxResults":1`, serialization("ends too early")},
		{"garbage", `{]`, serialization("is not valid JSON at byte 1")},
		{"trailing data", goodBody + `{}`, serialization("is not valid JSON at byte 16")},
		{"a duplicate member", `{"MaxResults":1,"MaxResults":2}`, serialization("has a duplicate member at byte 16")},
		{"a wrong type", `{"MaxResults":"one"}`, serialization("has a wrong type at /MaxResults: found string")},
		{"a list for an object", `[1]`, "The request body must be a JSON object."},
		{"null", `null`, "The request body must be a JSON object."},
		{"invalid UTF-8", "{\"NextToken\":\"\xff\"}", serialization("is not valid JSON at byte 14")},
		{"deep nesting", `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, serialization("nests deeper than 64 levels")},
	} {
		t.Run(c.name+" is a SerializationException", func(t *testing.T) {
			refused(t, r.call(t, "ListUserPools", c.body), 400, "SerializationException", c.message)
		})
	}
	t.Run("a missing member is an InvalidParameterException in AWS's words", func(t *testing.T) {
		refused(t, r.call(t, "DescribeUserPool", ""), 400, "InvalidParameterException",
			"1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null")
	})
	t.Run("null is absent and unknown members are ignored", func(t *testing.T) {
		r.must(t, "ListUserPools", `{"MaxResults":1,"NextToken":null,"Unknown":{"x":[1]}}`)
	})
	t.Run("a body over the limit is refused, whether its length is told or not", func(t *testing.T) {
		for _, body := range []io.Reader{
			bytes.NewReader(make([]byte, 10<<20)),
			io.LimitReader(neverEnding('x'), 10<<20),
		} {
			req := r.request(t, "ListUserPools", "")
			req.Body, req.ContentLength = io.NopCloser(body), -1
			if b, ok := body.(*bytes.Reader); ok {
				req.ContentLength = b.Size()
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			refused(t, reply{w.Code, w.Header(), w.Body.String()}, 413, "RequestEntityTooLargeException", "The request body is larger than 1048576 bytes.")
		}
	})
	t.Run("a client that sends all of it before it reads has the answer too", func(t *testing.T) {
		s := httptest.NewServer(r)
		defer s.Close()
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		req := r.request(t, "ListUserPools", "")
		req.Body, req.ContentLength = io.NopCloser(io.LimitReader(neverEnding('x'), 10<<20)), 10<<20
		if err := req.Write(conn); err != nil {
			t.Fatalf("send: %v", err)
		}
		got, err := http.ReadResponse(bufio.NewReader(conn), req)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		defer got.Body.Close()
		if got.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("got %s, want 413", got.Status)
		}
	})
	t.Run("nothing of it was stored", func(t *testing.T) {
		if got := r.must(t, "ListUserPools", `{"MaxResults":1}`).body; got != `{"UserPools":[]}` {
			t.Errorf("got %s", got)
		}
	})
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

func TestTarget(t *testing.T) {
	r := newRig(t, anyCredentials)
	unknown := "UnknownOperationException"
	t.Run("none", func(t *testing.T) {
		req := r.request(t, "", goodBody)
		req.Header.Del("X-Amz-Target")
		refused(t, r.do(t, req), 400, unknown, "The header X-Amz-Target is missing: it names the operation, as in AWSCognitoIdentityProviderService.InitiateAuth.")
	})
	t.Run("of another service", func(t *testing.T) {
		req := r.request(t, "", goodBody)
		req.Header.Set("X-Amz-Target", "AWSCognitoIdentityService.GetId")
		refused(t, r.do(t, req), 400, unknown, "The header X-Amz-Target must be AWSCognitoIdentityProviderService.<Operation>, once.")
	})
	t.Run("twice", func(t *testing.T) {
		req := r.request(t, "ListUserPools", goodBody)
		req.Header.Add("X-Amz-Target", target+"DeleteUserPool")
		refused(t, r.do(t, req), 400, unknown, "The header X-Amz-Target must be AWSCognitoIdentityProviderService.<Operation>, once.")
	})
	for _, name := range []string{"", "Nothing", "listuserpools", "ListUserPools ", "ListUserPools\x00", "<script>"} {
		t.Run(fmt.Sprintf("no operation of the API: %q", name), func(t *testing.T) {
			req := r.request(t, "", goodBody)
			req.Header["X-Amz-Target"] = []string{target + name}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			refused(t, reply{w.Code, w.Header(), w.Body.String()}, 400, unknown, "The API has no such operation.")
		})
	}
	t.Run("the name of a header does not depend on case", func(t *testing.T) {
		got := raw(t, r, "POST / HTTP/1.1\r\nHost: x\r\nx-AMZ-target: "+target+"ListUserPools\r\ncontent-TYPE: "+contentType+"\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"+goodBody)
		if !strings.HasPrefix(got, "HTTP/1.1 200 OK") {
			t.Errorf("got %s", got)
		}
	})
}

// raw sends bytes and reads all that comes back.
func raw(t *testing.T, r *rig, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestContentType(t *testing.T) {
	r := newRig(t, anyCredentials)
	for _, good := range []string{
		"application/x-amz-json-1.1", "application/x-amz-json-1.1; charset=UTF-8", "Application/X-AMZ-JSON-1.1",
		"application/json", "application/json;charset=utf-8", "application/x-amz-json-1.1;",
	} {
		t.Run(good+" is accepted", func(t *testing.T) {
			req := r.request(t, "ListUserPools", goodBody)
			req.Header.Set("Content-Type", good)
			if got := r.do(t, req); got.status != 200 {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	// What a form of another site can send without a preflight must not get in.
	for _, bad := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/x-amz-json-1.0", "application/json, text/plain"} {
		t.Run(fmt.Sprintf("%q is refused", bad), func(t *testing.T) {
			req := r.request(t, "ListUserPools", goodBody)
			req.Header.Set("Content-Type", bad)
			refused(t, r.do(t, req), 400, "SerializationException", "The Content-Type must be application/x-amz-json-1.1.")
		})
	}
	t.Run("a compressed body is refused", func(t *testing.T) {
		req := r.request(t, "ListUserPools", goodBody)
		req.Header.Set("Content-Encoding", "gzip")
		refused(t, r.do(t, req), 400, "SerializationException", "The request body must not be compressed.")
	})
}

func TestPath(t *testing.T) {
	r := newRig(t, anyCredentials)
	for _, path := range []string{"x", "./", "../", "/", "%2e%2e/", "%2f", "index.html", "..%5c", "a/../", ";x", "%00"} {
		t.Run("/"+path+" is no way to the API", func(t *testing.T) {
			got := raw(t, r, "POST /"+path+" HTTP/1.1\r\nHost: x\r\nX-Amz-Target: "+target+"ListUserPools\r\nContent-Type: "+contentType+
				"\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"+goodBody)
			if !strings.HasPrefix(got, "HTTP/1.1 404 Not Found") || !strings.Contains(got, `"__type":"UnknownOperationException"`) {
				t.Errorf("got %s", got)
			}
		})
	}
	t.Run("a person who opens the address learns what it is", func(t *testing.T) {
		res, err := http.Get(r.url)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || !strings.Contains(string(body), "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER") {
			t.Errorf("got %d %s", res.StatusCode, body)
		}
	})
	for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"} {
		t.Run(method+" is refused", func(t *testing.T) {
			req := r.request(t, "ListUserPools", goodBody)
			req.Method = method
			got := r.do(t, req)
			refused(t, got, 405, "UnknownOperationException", "The API takes POST only.")
			if got.header.Get("Allow") != "POST, OPTIONS" {
				t.Errorf("Allow: got %q", got.header.Get("Allow"))
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	r := newRig(t, anyCredentials)
	preflight, err := http.NewRequest(http.MethodOptions, r.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]reply{
		"a success":   r.must(t, "ListUserPools", goodBody),
		"an error":    r.call(t, "DescribeUserPool", "{}"),
		"a preflight": r.do(t, preflight),
	}
	for name, got := range answers {
		t.Run(name+" can be read by a script of any origin", func(t *testing.T) {
			for header, want := range map[string]string{
				"Access-Control-Allow-Origin":   "*",
				"Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
				"X-Content-Type-Options":        "nosniff",
				"Cache-Control":                 "no-store",
			} {
				if got.header.Get(header) != want {
					t.Errorf("%s: got %q, want %q", header, got.header.Get(header), want)
				}
			}
			if got.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("it allows credentials")
			}
			if id := got.header.Get("X-Amzn-Requestid"); !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
				t.Errorf("request id %q", id)
			}
		})
	}
	t.Run("a preflight allows what clients send", func(t *testing.T) {
		got := answers["a preflight"]
		if got.status != 200 || got.body != "" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		for name := range strings.SplitSeq("content-type,x-amz-target,x-amz-user-agent,cache-control,amz-sdk-invocation-id,amz-sdk-request,authorization,x-amz-date,x-amz-security-token,x-amz-content-sha256", ",") {
			if !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), name) {
				t.Errorf("%s is not allowed", name)
			}
		}
	})
	t.Run("answers are of the protocol's type", func(t *testing.T) {
		for _, name := range []string{"a success", "an error"} {
			if got := answers[name].header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
				t.Errorf("%s: got %q", name, got)
			}
		}
	})
	t.Run("an error's text in a header cannot break out of it", func(t *testing.T) {
		for in, want := range map[string]string{
			"a\r\nSet-Cookie: x": "a??Set-Cookie: x", "é\x00\x7f": "???", strings.Repeat("x", 5000): strings.Repeat("x", 1024),
		} {
			if got := headerText(in); got != want {
				t.Errorf("%q: got %q", in, got)
			}
		}
	})
	t.Run("an operation without output answers an empty object", func(t *testing.T) {
		id := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
		if got := r.must(t, "DeleteUserPool", `{"UserPoolId":"`+id+`"}`); got.body != "{}" {
			t.Errorf("got %q", got.body)
		}
	})
}

func TestFailuresOfOurs(t *testing.T) {
	t.Run("a broken database tells a client nothing, and the log everything", func(t *testing.T) {
		r := newRig(t, anyCredentials)
		if err := r.Store.Close(); err != nil {
			t.Fatal(err)
		}
		got := r.call(t, "ListUserPools", goodBody)
		refused(t, got, 500, "InternalErrorException", internal)
		if log := r.log.String(); !strings.Contains(log, got.header.Get("X-Amzn-Requestid")) || !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "list pools") {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("a panic is an answer and a stack in the log", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.AnyCredentials, c.Pools = true, nil })
		refused(t, r.call(t, "ListUserPools", goodBody), 500, "InternalErrorException", internal)
		if log := r.log.String(); !strings.Contains(log, "panic=") || !strings.Contains(log, "ServeHTTP") {
			t.Errorf("log: %s", log)
		}
		if got := r.call(t, "Nothing", goodBody); got.status != 400 {
			t.Errorf("and then it answers no more: %d", got.status)
		}
	})
}

func TestRecord(t *testing.T) {
	r := newRig(t, anyCredentials)
	id := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
	r.must(t, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`)
	r.call(t, "DescribeUserPool", `{}`)
	r.call(t, "Invented", `{}`)
	t.Run("requests are counted by operation and outcome, and no name that a client made up", func(t *testing.T) {
		want := []report.Count{
			{Operation: "", Outcome: "UnknownOperationException", N: 1},
			{Operation: "CreateUserPool", Outcome: "OK", N: 1},
			{Operation: "DescribeUserPool", Outcome: "InvalidParameterException", N: 1},
			{Operation: "DescribeUserPool", Outcome: "OK", N: 1},
		}
		if got := r.Log.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
	t.Run("the log tells the pool and never a body", func(t *testing.T) {
		r.call(t, "SignUp", `{"ClientId":"nobody","Username":"ann@example.com","Password":"correct horse"}`)
		log := r.log.String()
		if !strings.Contains(log, "pool="+id) || strings.Contains(log, "ann@example.com") || strings.Contains(log, "correct horse") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestPages(t *testing.T) {
	r := newRig(t, anyCredentials)
	pool := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
	other := r.must(t, "CreateUserPool", `{"PoolName":"y"}`).text(t, "UserPool.Id")
	for i := range 5 {
		r.must(t, "CreateGroup", fmt.Sprintf(`{"UserPoolId":%q,"GroupName":"g%d"}`, pool, i))
	}
	list := func(pool, token string) reply {
		body := fmt.Sprintf(`{"UserPoolId":%q,"Limit":2}`, pool)
		if token != "" {
			body = fmt.Sprintf(`{"UserPoolId":%q,"Limit":2,"NextToken":%q}`, pool, token)
		}
		return r.call(t, "ListGroups", body)
	}
	t.Run("every group comes once, and the last page has no token", func(t *testing.T) {
		var names []string
		token := ""
		for {
			got := list(pool, token)
			for _, g := range got.find(t, "Groups").([]any) {
				names = append(names, g.(map[string]any)["GroupName"].(string))
			}
			next, ok := got.find(t, "NextToken").(string)
			if !ok {
				break
			}
			if strings.Contains(next, "g") && strings.Contains(next, "us-east-1") {
				t.Error("the token tells what is in it")
			}
			token = next
		}
		if got := fmt.Sprint(names); got != "[g0 g1 g2 g3 g4]" {
			t.Errorf("got %s", got)
		}
	})
	token := list(pool, "").text(t, "NextToken")
	for name, got := range map[string]reply{
		"made up":              list(pool, "xyz"),
		"of another pool":      list(other, token),
		"of another operation": r.call(t, "ListUserPoolClients", fmt.Sprintf(`{"UserPoolId":%q,"NextToken":%q}`, pool, token)),
		"changed":              list(pool, token[:len(token)-2]+"AA"),
	} {
		t.Run("a token "+name+" is refused", func(t *testing.T) {
			refused(t, got, 400, "InvalidParameterException", "Invalid pagination token given.")
		})
	}
}

func TestAuthorizationOfOthersIsIgnored(t *testing.T) {
	r := newRig(t, nil)
	for _, header := range []string{"Bearer abc", "AWS4-HMAC-SHA256 nonsense", ""} {
		t.Run(fmt.Sprintf("%q", header), func(t *testing.T) {
			req := r.request(t, "InitiateAuth", `{"ClientId":"nobody","AuthFlow":"USER_PASSWORD_AUTH"}`)
			req.Header.Set("Authorization", header)
			refused(t, r.do(t, req), 400, "ResourceNotFoundException", "User pool client nobody does not exist.")
		})
	}
}

func TestPolicy(t *testing.T) {
	r := newRig(t, nil)
	admin := r.signer(t, access.Everything)
	mine := admin.must(t, "CreateUserPool", `{"PoolName":"mine"}`).text(t, "UserPool.Id")
	other := admin.must(t, "CreateUserPool", `{"PoolName":"other"}`).text(t, "UserPool.Id")
	reader := r.signer(t, policy("cognito-idp:Describe*", r.Pools.ARN(mine)))
	denied := func(action, resource string) string {
		return "User: arn:aws:iam::000000000000:user/ops is not authorized to perform: cognito-idp:" + action + " on resource: " + resource +
			" because no identity-based policy allows the cognito-idp:" + action + " action"
	}
	t.Run("what a policy allows is done", func(t *testing.T) {
		reader.must(t, "DescribeUserPool", `{"UserPoolId":"`+mine+`"}`)
	})
	t.Run("another action is denied, and not done", func(t *testing.T) {
		refused(t, reader.call(t, "DeleteUserPool", `{"UserPoolId":"`+mine+`"}`), 400, "AccessDeniedException", denied("DeleteUserPool", r.Pools.ARN(mine)))
		reader.must(t, "DescribeUserPool", `{"UserPoolId":"`+mine+`"}`)
	})
	t.Run("another pool is denied, whether it exists or not", func(t *testing.T) {
		for _, id := range []string{other, "us-east-1_Nothing"} {
			refused(t, reader.call(t, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`), 400, "AccessDeniedException", denied("DescribeUserPool", r.Pools.ARN(id)))
		}
	})
	t.Run("a policy for one pool is none for all", func(t *testing.T) {
		lister := r.signer(t, policy("*", r.Pools.ARN(mine)))
		refused(t, lister.call(t, "ListUserPools", goodBody), 400, "AccessDeniedException", denied("ListUserPools", "*"))
		refused(t, lister.call(t, "CreateUserPool", `{"PoolName":"x"}`), 400, "AccessDeniedException", denied("CreateUserPool", "*"))
	})
	t.Run("tags are on the pool that the ARN names", func(t *testing.T) {
		tagger := r.signer(t, policy("*", r.Pools.ARN(mine)))
		tagger.must(t, "TagResource", `{"ResourceArn":"`+r.Pools.ARN(mine)+`","Tags":{"a":"b"}}`)
		refused(t, tagger.call(t, "TagResource", `{"ResourceArn":"`+r.Pools.ARN(other)+`","Tags":{"a":"b"}}`), 400, "AccessDeniedException", denied("TagResource", r.Pools.ARN(other)))
	})
}

func TestURLIsNotAQuery(t *testing.T) {
	r := newRig(t, nil)
	req := r.request(t, "ListUserPools", goodBody)
	req.URL.RawQuery = url.Values{"X-Amz-Signature": {"00"}, "X-Amz-Algorithm": {algorithm}}.Encode()
	refused(t, r.do(t, req), 400, "IncompleteSignatureException", "A signature in the query string is not supported: sign with the Authorization header.")
}

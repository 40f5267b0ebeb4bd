package cognito

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// FuzzServeHTTP sends anything at all: the answer is always of AWS's shape, and
// never our failure.
func FuzzServeHTTP(f *testing.F) {
	quiet := report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})
	open := newRig(f, func(c *Config) { c.AnyCredentials, c.Log = true, quiet })
	closed := newRig(f, func(c *Config) { c.Log = quiet })
	for _, op := range shape.Operations {
		f.Add(http.MethodPost, "/", target+op.Name, contentType, "", `{"UserPoolId":"us-east-1_Abc","ClientId":"abc","Username":"ann"}`)
	}
	f.Add("POST", "/", target+"ListUserPools", contentType,
		"AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00", `{}`)
	f.Add("OPTIONS", "/", "", "", "", "")
	f.Add("GET", "/../x?y", "x", "text/html", "Bearer", "\xff")
	f.Fuzz(func(t *testing.T, method, path, name, kind, authorization, body string) {
		for _, r := range []*rig{open, closed} {
			req, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
			if err != nil {
				t.Skip() // not a request that net/http would hand over
			}
			req.Header["X-Amz-Target"] = []string{name}
			req.Header["Content-Type"] = []string{kind}
			if authorization != "" {
				req.Header["Authorization"] = []string{authorization}
				req.Header["X-Amz-Date"] = []string{"20261122T000000Z"}
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			checkShape(t, w)
		}
	})
}

func checkShape(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 {
		t.Fatalf("our failure: %d %s", w.Code, w.Body)
	}
	if w.Header().Get("X-Amzn-Requestid") == "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers: %v", w.Header())
	}
	if w.Header().Get("Content-Type") != contentType {
		return // a preflight or a greeting
	}
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	if code, _ := body["__type"].(string); w.Code != 200 && (code == "" || body["message"] == "" || code != w.Header().Get("X-Amzn-Errortype")) {
		t.Errorf("error without code or text: %d %s", w.Code, w.Body)
	}
}

// FuzzConfiguration sends any document to an operation that stores one; what it
// stores can be told again.
func FuzzConfiguration(f *testing.F) {
	r := newRig(f, func(c *Config) {
		c.AnyCredentials, c.Log = true, report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})
	})
	pool := r.must(f, "CreateUserPool", `{"PoolName":"x","UserPoolTier":"PLUS"}`).text(f, "UserPool.Id")
	client := r.must(f, "CreateUserPoolClient", `{"UserPoolId":"`+pool+`","ClientName":"x"}`).text(f, "UserPoolClient.ClientId")
	names := strings.NewReplacer("POOL", pool, "CLIENT", client, "ARN", r.Pools.ARN(pool))
	operations := []string{
		"UpdateUserPool", "AddCustomAttributes", "SetUserPoolMfaConfig", "TagResource",
		"CreateUserPoolClient", "UpdateUserPoolClient", "SetRiskConfiguration", "CreateUserPool",
	}
	for i, body := range []string{
		`{"UserPoolId":"POOL","Policies":{"PasswordPolicy":{"MinimumLength":8}},"AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"admin_only"}]},"VerificationMessageTemplate":{"SmsMessage":"Code {####}"}}`,
		`{"UserPoolId":"POOL","CustomAttributes":[{"Name":"n","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"1"}}]}`,
		`{"UserPoolId":"POOL","MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true},"SmsMfaConfiguration":{}}`,
		`{"ResourceArn":"ARN","Tags":{"a":"b"}}`,
		`{"UserPoolId":"POOL","ClientName":"x","TokenValidityUnits":{"AccessToken":"days"},"AccessTokenValidity":1,"CallbackURLs":["https://x/"],"WriteAttributes":["name"]}`,
		`{"UserPoolId":"POOL","ClientId":"CLIENT","RefreshTokenRotation":{"Feature":"ENABLED"},"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"]}`,
		`{"UserPoolId":"POOL","ClientId":"CLIENT","RiskExceptionConfiguration":{"BlockedIPRangeList":["::/0"]},"AccountTakeoverRiskConfiguration":{"Actions":{"LowAction":{"Notify":true,"EventAction":"BLOCK"}}}}`,
		`{"PoolName":"y","Schema":[{"Name":"email","Required":true},{"Name":"x","AttributeDataType":"String"}],"UserPoolAddOns":{"AdvancedSecurityMode":"OFF"}}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		ask := func(operation, body string) *httptest.ResponseRecorder {
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(names.Replace(body)))
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("X-Amz-Target", target+operation)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			checkShape(t, w)
			return w
		}
		ask(operations[int(which)%len(operations)], body)
		for operation, body := range map[string]string{
			"DescribeUserPool":          `{"UserPoolId":"POOL"}`,
			"DescribeUserPoolClient":    `{"UserPoolId":"POOL","ClientId":"CLIENT"}`,
			"GetUserPoolMfaConfig":      `{"UserPoolId":"POOL"}`,
			"DescribeRiskConfiguration": `{"UserPoolId":"POOL","ClientId":"CLIENT"}`,
		} {
			if w := ask(operation, body); w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
			}
		}
	})
}

package cognito

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func TestContextData(t *testing.T) {
	server := model.Origin{IP: "10.0.0.1", UserAgent: "backend/1.0", RequestID: "id"}
	data := func(ip string, headers ...shape.HttpHeader) *shape.ContextDataType {
		return &shape.ContextDataType{IpAddress: &ip, HttpHeaders: headers}
	}
	t.Run("without it the server is the origin", func(t *testing.T) {
		if got, err := told(server, nil); err != nil || got != server {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("with it the server is not, nor its user agent", func(t *testing.T) {
		got, err := told(server, data("2001:DB8::1"))
		if want := (model.Origin{IP: "2001:db8::1", RequestID: "id"}); err != nil || got != want {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("the user agent is among the headers, in any case, and bounded", func(t *testing.T) {
		got, err := told(server, data("::ffff:192.0.2.1", shape.HttpHeader{HeaderName: new("user-agent"), HeaderValue: new(strings.Repeat("x", 600))}))
		if err != nil || got.IP != "192.0.2.1" || len(got.UserAgent) != maxUserAgent {
			t.Errorf("got %v, %v", got, err)
		}
	})
	for _, bad := range []string{"", "192.0.2.1:80", "192.0.2.0/24", "localhost"} {
		t.Run(fmt.Sprintf("%q is no address", bad), func(t *testing.T) {
			if _, err := told(server, data(bad)); !fault.Has(err, fault.InvalidParameter) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUserContextData(t *testing.T) {
	r := newRig(t, anyCredentials)
	make := func(pool, client string) string {
		id := r.must(t, "CreateUserPool", `{"PoolName":"x","UserPoolTier":"PLUS"`+pool+`}`).text(t, "UserPool.Id")
		return r.must(t, "CreateUserPoolClient", fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"app"%s}`, id, client)).text(t, "UserPoolClient.ClientId")
	}
	const enforced = `,"UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}`
	const set = `,"GenerateSecret":true,"EnablePropagateAdditionalUserContextData":true`
	for _, c := range []struct{ name, client, ip, want string }{
		{"a client that may tells where its user is", make(enforced, set), "192.0.2.9", "192.0.2.9"},
		{"a client without the setting is not believed", make(enforced, `,"GenerateSecret":true`), "192.0.2.9", "127.0.0.1"},
		{"a public client is not believed", make(enforced, ""), "192.0.2.9", "127.0.0.1"},
		{"without threat protection nobody is believed", make("", set), "192.0.2.9", "127.0.0.1"},
		{"nor is a client that does not exist", "nobody", "192.0.2.9", "127.0.0.1"},
		{"what is ignored may be nonsense", make(enforced, ""), "nonsense", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := &call{Origin: model.Origin{IP: "127.0.0.1"}}
			if err := r.believe(t.Context(), got, c.client, &shape.UserContextDataType{IpAddress: &c.ip}); err != nil || got.Origin.IP != c.want {
				t.Errorf("got %s, %v, want %s", got.Origin.IP, err, c.want)
			}
		})
	}
	t.Run("nonsense that would be believed is refused, on every operation that takes it", func(t *testing.T) {
		client := make(enforced, set)
		for operation, rest := range map[string]string{
			"InitiateAuth":           `"AuthFlow":"USER_PASSWORD_AUTH"`,
			"RespondToAuthChallenge": `"ChallengeName":"NEW_PASSWORD_REQUIRED"`,
			"SignUp":                 `"Username":"ann","Password":"x"`,
			"ConfirmSignUp":          `"Username":"ann","ConfirmationCode":"1"`,
			"ForgotPassword":         `"Username":"ann"`,
			"ConfirmForgotPassword":  `"Username":"ann","Password":"x","ConfirmationCode":"1"`,
			"ResendConfirmationCode": `"Username":"ann"`,
		} {
			got := r.call(t, operation, fmt.Sprintf(`{"ClientId":%q,"UserContextData":{"IpAddress":"nonsense"},%s}`, client, rest))
			refused(t, got, 400, "InvalidParameterException", "Invalid IpAddress in UserContextData.")
		}
	})
}

func TestPagesOfOthersAreNoAdministrators(t *testing.T) {
	dev := newRig(t, anyCredentials)
	from := func(t *testing.T, operation, body string, origins ...string) reply {
		t.Helper()
		req := dev.request(t, operation, body)
		req.Header["Origin"] = origins
		return dev.do(t, req)
	}
	for _, origin := range []string{"https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null", "", "http://192.0.2.1", "%"} {
		t.Run(fmt.Sprintf("%q is refused while signatures are not checked", origin), func(t *testing.T) {
			refused(t, from(t, "ListUserPools", goodBody, origin), 400, "AccessDeniedException",
				"While signatures are not checked, this operation is only for pages of this machine.")
		})
	}
	for _, origin := range []string{"http://localhost:3000", "http://127.0.0.1:9470", "http://[::1]:5173"} {
		t.Run(origin+" is let in", func(t *testing.T) {
			if got := from(t, "ListUserPools", goodBody, origin); got.status != 200 {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	t.Run("what users do is for pages of every origin", func(t *testing.T) {
		got := from(t, "InitiateAuth", `{"ClientId":"nobody","AuthFlow":"USER_PASSWORD_AUTH"}`, "https://app.example")
		refused(t, got, 400, "ResourceNotFoundException", "User pool client nobody does not exist.")
	})
}

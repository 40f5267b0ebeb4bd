package compat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

const (
	functionARN    = "arn:aws:lambda:us-east-1:000000000000:function:compat"
	functionSecret = "functions of the compat stories"
)

// functions runs what the triggers of every pool here ask, as an operator would:
// a password first, where the client sent SRP_A, and then a code, with three tries.
var functions = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || !signedBy(r.Header, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	request, _ := event["request"].(map[string]any)
	source, _ := event["triggerSource"].(string)
	switch kind, _, _ := strings.Cut(source, "_"); kind {
	case "DefineAuthChallenge":
		event["response"] = define(request["session"])
	case "CreateAuthChallenge":
		event["response"] = map[string]any{
			"publicChallengeParameters":  map[string]string{"hint": "the code is 4711"},
			"privateChallengeParameters": map[string]string{"answer": "4711"},
			"challengeMetadata":          "CODE",
		}
	case "VerifyAuthChallengeResponse":
		private, _ := request["privateChallengeParameters"].(map[string]any)
		event["response"] = map[string]any{"answerCorrect": request["challengeAnswer"] == private["answer"]}
	}
	_ = json.NewEncoder(w).Encode(event)
}))

func define(session any) map[string]any {
	list, _ := session.([]any)
	wrong, last, right := 0, "", false
	for _, one := range list {
		result, _ := one.(map[string]any)
		last, _ = result["challengeName"].(string)
		if right, _ = result["challengeResult"].(bool); !right {
			wrong++
		}
	}
	switch {
	case wrong == 3:
		return map[string]any{"issueTokens": false, "failAuthentication": true}
	case last == "SRP_A":
		return map[string]any{"issueTokens": false, "failAuthentication": false, "challengeName": "PASSWORD_VERIFIER"}
	case last == "CUSTOM_CHALLENGE" && right:
		return map[string]any{"issueTokens": true, "failAuthentication": false}
	}
	return map[string]any{"issueTokens": false, "failAuthentication": false, "challengeName": "CUSTOM_CHALLENGE"}
}

// signedBy verifies a call as Standard Webhooks says.
func signedBy(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(functionSecret))
	mac.Write([]byte(h.Get("Webhook-Id") + "." + h.Get("Webhook-Timestamp") + "." + string(body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(h.Get("Webhook-Signature")), []byte(want))
}

// functionSetting tells a server where they are.
func functionSetting() string {
	return functionARN + "=" + functions.URL + "/#secret=whsec_" + base64.StdEncoding.EncodeToString([]byte(functionSecret))
}

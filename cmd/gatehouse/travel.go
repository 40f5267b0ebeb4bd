package main

import (
	"context"
	"fmt"
)

// Where carol is, and where somebody else is: addresses that the places in the
// program know.
const (
	atHome = "216.102.180.9" // San Francisco
	abroad = "95.165.100.10" // Moscow
	laptop = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15"
	other  = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
)

// habits is how often carol signs in before somebody else does.
const habits = 4

// from is a sign-in through a server, which tells where the user is.
func (d *demo) from(address, agent, name, password string) body {
	return body{
		"UserPoolId": d.pool, "ClientId": d.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": body{"USERNAME": name, "PASSWORD": password},
		"ContextData": body{
			"IpAddress": address, "ServerName": "demo", "ServerPath": "/",
			"HttpHeaders": []body{{"headerName": "User-Agent", "headerValue": agent}},
		},
	}
}

// travel shows what a right password is worth in a strange place.
func (t *teller) travel(ctx context.Context, password string) {
	t.tell(fmt.Sprintf("carol signs in %d times, in San Francisco", habits), func() (string, error) {
		err := t.api.call(ctx, "AdminCreateUser", body{"UserPoolId": t.pool, "Username": "carol", "MessageAction": "SUPPRESS"}, nil)
		if err != nil {
			return "", err
		}
		err = t.api.call(ctx, "AdminSetUserPassword", body{
			"UserPoolId": t.pool, "Username": "carol", "Password": password, "Permanent": true,
		}, nil)
		if err != nil {
			return "", err
		}
		var answer signedIn
		for range habits {
			if err := t.api.call(ctx, "AdminInitiateAuth", t.from(atHome, laptop, "carol", password), &answer); err != nil {
				return "", err
			}
		}
		return answer.tokens()
	})
	t.refused(ctx, "a moment later somebody signs in as carol, in Moscow, with the right password", "NotAuthorizedException",
		"AdminInitiateAuth", t.from(abroad, other, "carol", password))
	t.tell("the administrator looks at carol's events", func() (string, error) {
		var list struct {
			AuthEvents []struct {
				EventRisk        struct{ RiskDecision, RiskLevel string }
				EventContextData struct{ City, Country, DeviceName string }
			}
		}
		err := t.api.call(ctx, "AdminListUserAuthEvents", body{"UserPoolId": t.pool, "Username": "carol", "MaxResults": 1}, &list)
		if err != nil {
			return "", err
		}
		if len(list.AuthEvents) == 0 {
			return "", fmt.Errorf("200, but without an event")
		}
		e := list.AuthEvents[0]
		return fmt.Sprintf("200  %s, risk %s: %s, %s; %s", e.EventRisk.RiskDecision, e.EventRisk.RiskLevel,
			e.EventContextData.City, e.EventContextData.Country, e.EventContextData.DeviceName), nil
	})
}

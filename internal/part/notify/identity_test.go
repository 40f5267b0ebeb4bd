package notify_test

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
)

func TestMailThatNamesAnIdentityGoesBySES(t *testing.T) {
	ses, sink := startSES(t), smtptest.Start(t)
	sender := notify.ByIdentity{SES: ses.open(""), Other: open(t, sink, sink.URL())}
	named := letter("named")
	named.Identity = "arn:aws:ses:eu-west-1:123456789012:identity/example.org"
	for _, m := range []notify.Message{named, letter("plain")} {
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if got := ses.received(); len(got) != 1 || got[0].ID != "named" {
		t.Errorf("by SES: got %v", got)
	}
	if got := messages(sink); len(got) != 1 || got[0].ID != "plain" {
		t.Errorf("by SMTP: got %v", got)
	}
}

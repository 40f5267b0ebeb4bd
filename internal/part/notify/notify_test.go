package notify_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

func TestOpen(t *testing.T) {
	for _, good := range []string{
		"smtp://127.0.0.1:1025", "smtp://localhost", "smtp://[::1]:25", "smtp://mail.example.com", "smtps://mail.example.com",
		"smtp://gate:p%40ss@mail.example.com:587", "smtp://gate:pass@mail.example.com?starttls=require&from=a@example.com",
		"smtp://relay:25?starttls=none", "smtp://gate:pass@127.0.0.1:25?starttls=none",
		"https://hooks.example.com/sms?x=1", "http://127.0.0.1:8080/", "http://relay/#plaintext=allow",
		"https://hooks.example.com/#secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"ses://eu-west-1?from=a@example.com", "ses://AKIAX:wJalr%2FXUtn+FEMI@us-gov-east-1?from=A%20%3Ca@example.com%3E&configuration-set=own_set-1",
		"ses://eu-west-1?from=a@example.com&endpoint=https://vpce-1.example.com", "ses://eu-west-1?from=a@example.com&endpoint=http://127.0.0.1:4579",
	} {
		if _, err := notify.Open(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	const secret = "hunter2"
	for name, bad := range map[string]string{
		"nothing":                             "",
		"no scheme":                           "hunter2.example.com:25",
		"an unknown scheme":                   "ftp://u:hunter2@example.com",
		"no host":                             "smtp://",
		"no host but a port":                  "smtp://:25",
		"a host without slashes":              "smtp:hunter2",
		"a stray # in the password":           "smtp://u:pa#hunter2@example.com",
		"a stray ? in the password":           "smtp://u:25?hunter2@example.com",
		"a stray / in the password":           "smtp://u:25/hunter2@example.com",
		"a stray % in the password":           "smtp://u:hunter2%zz@example.com",
		"a port that is none":                 "smtp://u:hunter2@example.com:port",
		"port 0":                              "smtp://u:hunter2@example.com:0",
		"port 65536":                          "smtp://u:hunter2@example.com:65536",
		"an unknown setting":                  "smtp://u:hunter2@example.com?hunter2=x",
		"a setting twice":                     "smtp://u:hunter2@example.com?from=a@example.com&from=b@example.com",
		"an unknown starttls":                 "smtp://u:hunter2@example.com?starttls=hunter2",
		"starttls with smtps":                 "smtps://u:hunter2@example.com?starttls=require",
		"a from that is no address":           "smtp://u:hunter2@example.com?from=hunter2",
		"a from with a line end":              "smtp://example.com?from=a@example.com%0d%0aBcc:eve@example.com",
		"a password in plain text":            "smtp://u:hunter2@example.com?starttls=none",
		"a password that could be in plain":   "smtp://u:hunter2@example.com?starttls=opportunistic",
		"a password to a lookalike of us":     "smtp://u:hunter2@localhost.example.com?starttls=none",
		"plain http to another machine":       "http://u:hunter2@example.com/",
		"an unknown plaintext":                "http://example.com/#plaintext=hunter2",
		"a secret of another form":            "https://example.com/#secret=hunter2",
		"a secret too short":                  "https://example.com/#secret=whsec_aHVudGVyMg==",
		"a fragment that is not ours":         "https://example.com/#hunter2",
		"a secret in the query of the sender": "smtp://example.com?secret=hunter2",
		"SES without a from":                  "ses://AKIAX:hunter2@eu-west-1",
		"SES with a from that is no address":  "ses://AKIAX:hunter2@eu-west-1?from=hunter2",
		"SES with half of a key":              "ses://hunter2@eu-west-1?from=a@example.com",
		"SES in a host":                       "ses://AKIAX:hunter2@email.example.com?from=a@example.com",
		"SES in a region with a port":         "ses://AKIAX:hunter2@eu-west-1:443?from=a@example.com",
		"SES with a path":                     "ses://AKIAX:hunter2@eu-west-1/hunter2?from=a@example.com",
		"SES with a stray / in the secret":    "ses://AKIAX:a/hunter2@eu-west-1?from=a@example.com",
		"SES in plain text elsewhere":         "ses://AKIAX:hunter2@eu-west-1?from=a@example.com&endpoint=http://hunter2.example.com",
		"SES with a password in its endpoint": "ses://AKIAX:x@eu-west-1?from=a@example.com&endpoint=https://u:hunter2@example.com",
		"SES with an endpoint that is none":   "ses://AKIAX:hunter2@eu-west-1?from=a@example.com&endpoint=hunter2",
		"SES with a strange configuration":    "ses://AKIAX:hunter2@eu-west-1?from=a@example.com&configuration-set=hunter2%0a",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			s, err := notify.Open(bad)
			if err == nil {
				t.Fatalf("got %v, want an error", s)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q repeats the URL", err)
			}
		})
	}
}

func TestMask(t *testing.T) {
	for address, want := range map[string]string{
		"ann@example.com": "a***@e***", "a@b.c": "a***@b***", "é@ü.com": "é***@ü***", "": "***", "ann": "a***", "@": "***@***", "a@b@c": "a***@c***",
	} {
		if got := notify.MaskEmail(address); got != want {
			t.Errorf("MaskEmail(%q): got %q, want %q", address, got, want)
		}
	}
	for number, want := range map[string]string{
		"+12065559934": "+*******9934", "+918888884114": "+********4114", "+5511999994516": "+*********4516", "+2904123": "+***4123",
		"": "+", "+1234": "+****", "+12345": "+*2345",
	} {
		if got := notify.MaskPhone(number); got != want {
			t.Errorf("MaskPhone(%q): got %q, want %q", number, got, want)
		}
	}
}

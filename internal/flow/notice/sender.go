package notice

import (
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// origin is from whom a notice comes. Empty members are the server's own.
type origin struct{ address, replyTo, identity string }

// sender reads From, ReplyTo and SourceArn, whatever the pool's other mail says.
// Without a From, the address in the ARN sends; an identity that is a domain may
// send from any address of it.
func sender(conf *shape.NotifyConfigurationType) origin {
	o := origin{address: wire.Of(conf.From), replyTo: wire.Of(conf.ReplyTo), identity: wire.Of(conf.SourceArn)}
	if !notify.ValidMailbox(o.replyTo) {
		o.replyTo = ""
	}
	// arn:aws:ses:us-east-1:123456789012:identity/example.com
	service, name, _ := strings.Cut(o.identity, ":identity/")
	if parts := strings.Split(service, ":"); len(parts) != 5 || parts[2] != "ses" {
		o.identity, name = "", ""
	}
	switch {
	case notify.ValidMailbox(o.address):
	case notify.ValidEmail(name):
		o.address = name
	case notify.ValidEmail("no-reply@" + name):
		o.address = "no-reply@" + name
	default:
		o.address = ""
	}
	return o
}

package world

func calibrated(p *Params, d dice) { stable(p, d) }

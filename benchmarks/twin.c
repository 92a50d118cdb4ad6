/* The two kernels of the simulator once more, in C: what a compiler makes of the same arithmetic.
 *
 * Compiled at run time with where everything stands (-D...), from traction/sim/layout.py and lanes.py.
 * table(): the body in the harness on a powered drive, under a force controller sampled at 100 Hz.
 * march(): a block of patients under a given tension. Both take linearly implicit steps by their own error.
 */
#include <math.h>

#define MAXD(a, b) ((a) > (b) ? (a) : (b))
#define MIND(a, b) ((a) < (b) ? (a) : (b))
#define INLINE static inline __attribute__((always_inline))

INLINE double net_tension(double f, double offset, double width) {
    double over = f - offset;
    double none = sqrt(offset * offset + width * width) - offset;
    return 0.5 * (over + sqrt(over * over + width * width) - none);
}

INLINE double grip(double t, double friction, double lift) { return MAXD(friction - lift * t, 0.02 * friction); }
INLINE double loosening(double t, double still, double s) { return MAXD(1.0 - t / still, 0.0) / s; }
INLINE double slipping(double t, double slip, double rate) { double o = MAXD(t - slip, 0.0); return rate * o * o; }

/* ---- the table ---- */
#ifdef TABLE
#define Q(name) b[P_##name]
#define OUT(name) b[OUT_AT + name]
#define GAMMA (1.0 - 1.0 / sqrt(2.0))
#define TICK_S 0.01

typedef struct { double stretch, motor, region, pelvis, friction; } swinging;
typedef struct { double slip, wear, loose; } beside;

INLINE void levels(const double *b, double net, double *product, double *steeper) {
    const double *a = b + SOFTNESS_AT;
    double s0 = 1.0 + a[0] * net, s1 = 1.0 + a[1] * net, s2 = 1.0 + a[2] * net;
    double s3 = 1.0 + a[3] * net, s4 = 1.0 + a[4] * net, s5 = 1.0 + a[5] * net;
    double p0 = s0 * s1, p1 = s2 * s3, p2 = s4 * s5;
    double q0 = a[0] * s1 + a[1] * s0, q1 = a[2] * s3 + a[3] * s2, q2 = a[4] * s5 + a[5] * s4;
    double p = p0 * p1, q = q0 * p1 + q1 * p0;
    *product = p * p2;
    *steeper = q * p2 + q2 * p;
}

INLINE double net_of(const double *b, double region) {
    return net_tension(region, Q(offset_force_n), Q(offset_width_n));
}

INLINE double spine(const double *b, double region, double *net) {
    double product, steeper, over = region - Q(offset_force_n), width = Q(offset_width_n);
    *net = net_of(b, region);
    levels(b, *net, &product, &steeper);
    double root = sqrt(over * over + width * width);
    double reach = Q(flattening_n_per_mm) + fabs(region) * Q(per_flattening_most);
    double square = reach * reach, rooted = product * root;
    double level = 0.5 * (over + root) * Q(per_stiffening) * steeper;
    return rooted * square / (Q(flattening_n_per_mm) * rooted + level * square);
}

INLINE double tension(const double *b, double stretch, double rate) {
    if (stretch <= 0.0) return 0.0;
    double force = Q(harness_stiffness_n_per_mm) * stretch
                 + Q(harness_damping_n_s_per_mm) * MIND(stretch, 1.0) * rate;
    return MAXD(force, 0.0);
}

INLINE swinging rates(const double *b, swinging y, double stiff, double creep, double velocity, beside *o) {
    swinging d;
    double force = tension(b, y.stretch, y.motor - y.pelvis);
    o->slip = slipping(force, Q(slip_force_n), Q(slip_mm_per_s_n2));
    o->loose = force < Q(shifting_force_n) ? loosening(force, Q(shifting_force_n), Q(shifting_s)) : 0.0;
    o->wear = Q(friction_stiffness_n_per_mm) / grip(force, Q(friction_force_n), Q(friction_lift));
    d.stretch = y.motor - y.pelvis - o->slip;
    d.motor = (velocity - y.motor) * Q(motor_per_s);
    d.region = stiff * (y.pelvis - creep);
    d.pelvis = (Q(axial) * force - y.friction - y.region - Q(body_damping_n_s_per_mm) * y.pelvis) * Q(per_mass);
    d.friction = Q(friction_stiffness_n_per_mm) * y.pelvis - (o->wear * fabs(y.pelvis) + o->loose) * y.friction;
    return d;
}

INLINE swinging added(swinging y, double one, swinging k, double other, swinging m) {
    y.stretch += one * k.stretch + other * m.stretch;
    y.motor += one * k.motor + other * m.motor;
    y.region += one * k.region + other * m.region;
    y.pelvis += one * k.pelvis + other * m.pelvis;
    y.friction += one * k.friction + other * m.friction;
    return y;
}

typedef struct { double tau, left, soft, scale, spring, damper, per_m, give, bend; } factors;

INLINE factors linear(const double *b, swinging y, double stiff, const beside *o, double tau) {
    double per_m = Q(per_mass), pull = per_m * Q(axial), worn = o->wear * y.friction;
    factors f = {.tau = tau, .per_m = per_m, .give = tau * stiff};
    f.left = 1.0 / (1.0 + tau * Q(motor_per_s));
    f.soft = 1.0 / (1.0 + tau * (o->wear * fabs(y.pelvis) + o->loose));
    f.bend = f.soft * tau * MAXD(Q(friction_stiffness_n_per_mm) - (y.pelvis > 0.0 ? worn : -worn), 0.0);
    f.spring = y.stretch > 0.0 ? pull * Q(harness_stiffness_n_per_mm) : 0.0;
    f.damper = pull * Q(harness_damping_n_s_per_mm) * MIND(MAXD(y.stretch, 0.0), 1.0);
    double bulk = f.damper + tau * f.spring + per_m * (Q(body_damping_n_s_per_mm) + tau * stiff + f.bend);
    f.scale = 1.0 / (1.0 + tau * bulk);
    return f;
}

INLINE swinging solved(swinging s, const factors *f) {
    s.motor *= f->left;
    s.friction *= f->soft;
    double push = f->spring * (s.stretch + f->tau * s.motor) + f->damper * s.motor
                - f->per_m * (s.region + s.friction);
    s.pelvis = (s.pelvis + f->tau * push) * f->scale;
    s.stretch += f->tau * (s.motor - s.pelvis);
    s.region += f->give * s.pelvis;
    s.friction += f->bend * s.pelvis;
    return s;
}

INLINE swinging step(const double *b, swinging y, double crept, double velocity, double h, double *slip, double *error) {
    double net, stiff = spine(b, y.region, &net);
    beside one, two;
    swinging d = rates(b, y, stiff, Q(creep_mm_per_n_s) * net - crept, velocity, &one);
    factors f = linear(b, y, stiff, &one, GAMMA * h);
    swinging k = solved(d, &f), there = added(y, h, k, 0.0, k);
    stiff = spine(b, there.region, &net);
    d = rates(b, there, stiff, Q(creep_mm_per_n_s) * net - crept, velocity, &two);
    d = added(d, -1.0, k, -1.0, k);
    swinging m = solved(d, &f);
    double off = MAXD(fabs(k.region + m.region), fabs(k.friction + m.friction));
    *error = 0.5 * h * MAXD(off, Q(harness_stiffness_n_per_mm) * fabs(k.stretch + m.stretch));
    *slip = 0.5 * h * (one.slip + two.slip);
    return added(y, 1.5 * h, k, 0.5 * h, m);
}

INLINE double stretch_of(const double *b, double pelvis) {
    return b[X_M] - pelvis - (Q(slack_mm) + b[PAYOUT] + b[SLIP]);
}

INLINE void report(double *b, double net) {
    double product, steeper, disc = Q(eta) * net;
    levels(b, net, &product, &steeper);
    double flat = b[F_REGION] / (Q(flattening_n_per_mm) + fabs(b[F_REGION]) / Q(flattening_most_mm));
    double longer = flat + log(product) / Q(stiffening_per_mm) + (b[CREEP_1] + b[CREEP_2]);
    double guarding = Q(guarding_n_per_mva) * (b[ACTIVITY] - Q(guarding_rest_mva));
    double x = Q(rest_pressure_kpa) - Q(tension_gain_kpa_per_n) * disc + Q(compression_gain_kpa_per_n) * guarding
             + Q(hydration_kpa) * b[WATER];
    double nucleus = x <= 0.0 ? -Q(negative_scale_kpa) * (1.0 - exp(x / Q(negative_scale_kpa))) : x;
    OUT(TENSION) = tension(b, stretch_of(b, longer), b[V_M] - b[V_P]);
    OUT(DISC_TENSION) = disc;
    OUT(LOAD) = Q(rest_load_n) - disc + guarding;
    OUT(PRESSURE) = MAXD(nucleus, -95.0);
    OUT(ELONGATION) = longer;
    OUT(NET) = net;
}

static void advance(double *b, double velocity) {
    double crept = b[CREEP_1] * Q(creep_1_per_s) + b[CREEP_2] * Q(creep_2_per_s);
    double allowed = Q(allowed_n), finest = Q(finest_s), h = OUT(STEP), left = TICK_S, error, slip;
    swinging y = {stretch_of(b, OUT(ELONGATION)), b[V_M], b[F_REGION], b[V_P], b[Z]};
    while (left > 0.0) {
        double now = left <= 1.1 * h ? left : h;
        swinging there = step(b, y, crept, velocity, now, &slip, &error);
        double wanted = error <= 0.18 * allowed ? 2.0 * now : now * MAXD(0.2, 0.85 * sqrt(allowed / error));
        if (!(error <= allowed) && now > 1.1 * finest) {
            h = MAXD(wanted, finest);
            continue;
        }
        y = there;
        b[SLIP] += slip;
        left = now < left ? left - now : 0.0;
        h = MAXD(MIND(now >= h ? wanted : MAXD(wanted, h), Q(longest_s)), finest);
    }
    OUT(STEP) = h;
    double gone = (b[V_M] - velocity) * Q(motor_part);
    b[X_M] += velocity * TICK_S + gone * Q(motor_s);
    b[V_M] -= gone;
    b[F_REGION] = y.region;
    b[V_P] = y.pelvis;
    b[Z] = y.friction;
    double net = net_of(b, y.region), mean = 0.5 * (OUT(NET) + net);
    b[CREEP_1] += (Q(creep_1_mm_per_n) * mean - b[CREEP_1]) * Q(creep_1_part);
    b[CREEP_2] += (Q(creep_2_mm_per_n) * mean - b[CREEP_2]) * Q(creep_2_part);
    double sensed = (mean - b[SENSED]) * Q(reflex_part);
    b[SENSED] += sensed;
    double target = Q(guarding_rest_mva) + Q(guarding_gain_mva_s_per_n) * MAXD(sensed / TICK_S, 0.0);
    b[ACTIVITY] += (target - b[ACTIVITY]) * Q(guarding_part);
    b[UNLOADED] += (Q(unloaded_target) - b[UNLOADED]) * Q(unloading_part);
    b[WATER] += (Q(water_target) - b[WATER]) * Q(water_part);
    for (int i = 0; i < STATES; i++) if (fabs(b[i]) < 1e-30) b[i] = 0.0;
    report(b, net);
}

void table(double *b, const double *target, long n, double kp, double ki, double fastest, double *out) {
    double integral = 0.0;
    for (long k = 0; k < n; k++) {
        double error = target[k] - OUT(TENSION), velocity = kp * error + integral;
        if (velocity > -fastest && velocity < fastest) integral += ki * TICK_S * error;
        advance(b, MIND(MAXD(velocity, -fastest), fastest));
        out[k] = OUT(TENSION);
    }
}
#undef GAMMA
#undef Q
#endif

/* ---- the population ---- */
#ifdef LANES
#define Q(name) b[N_##name + p]
#define GAMMA (1.0 - 0.70710678118654752440)

INLINE double gone(double x) {
    return x * (1.0 - x / 2 * (1.0 - x / 3 * (1.0 - x / 4 * (1.0 - x / 5 * (1.0 - x / 6)))));
}

INLINE double stiffness(const double *restrict b, int p, double f, double net) {
    double product = 1.0, steeper = 0.0;
#pragma GCC unroll 6
    for (int i = 0; i < MAX_LEVELS; i++) {
        double soft = b[SOFTNESS + i * WIDTH + p], stiffened = 1.0 + soft * net;
        steeper = steeper * stiffened + product * soft;
        product *= stiffened;
    }
    double over = f - Q(offset_force_n), root = sqrt(over * over + Q(offset_width_n) * Q(offset_width_n));
    double reach = Q(flattening_n_per_mm) + fabs(f) * Q(per_flattening_most), square = reach * reach;
    double rooted = product * root, levels = 0.5 * (over + root) * Q(per_stiffening) * steeper;
    return rooted * square / (Q(flattening_n_per_mm) * rooted + levels * square);
}

static double step(double *restrict b, double begin, double part, double h) {
    double tau = GAMMA * h;
#pragma GCC ivdep
    for (int p = 0; p < WIDTH; p++) {
        double rise = part * (b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p]);
        double first = b[FORCE_AT + p] + begin * (b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p]), middle = first + 0.5 * rise;
        double force = b[F_REGION + p], speed = b[V_P + p], friction = b[Z + p];
        double axial = Q(axial), per_m = Q(per_mass), damping = Q(body_damping_n_s_per_mm);
        double bristle = Q(friction_stiffness_n_per_mm);
        double wear = bristle / grip(middle, Q(friction_force_n), Q(friction_lift));
        double loose = loosening(middle, Q(shifting_force_n), Q(shifting_s)), fading = wear * fabs(speed) + loose;
        double net = net_tension(force, Q(offset_force_n), Q(offset_width_n)), k = stiffness(b, p, force, net);
        double gone_1 = gone(h * Q(creep_1_per_s)), gone_2 = gone(h * Q(creep_2_per_s));
        double creep = ((Q(creep_1_mm_per_n) * net - b[CREEP_1 + p]) * gone_1
                      + (Q(creep_2_mm_per_n) * net - b[CREEP_2 + p]) * gone_2) / h;
        double push = tau * per_m * axial * rise / h, soft = 1.0 / (1.0 + tau * fading);
        double f1 = k * (speed - creep), z1 = soft * (bristle * speed - fading * friction);
        double v1 = per_m * (axial * first - friction - force - damping * speed) + push - tau * per_m * (f1 + z1);
        double share = tau * per_m * tau * soft, bulk = 1.0 + tau * per_m * (damping + tau * k);
        double give = wear * fabs(friction), sliding = MAXD(bristle - give, 0.0);
        double ends = speed * (bulk + share * sliding) + h * v1;
        double spring = (friction * speed > 0.0) & (friction * ends > 0.0) ? sliding : bristle + give;
        double kt = tau * soft * spring, scale = 1.0 / (bulk + share * spring);
        v1 *= scale;
        f1 += tau * k * v1;
        z1 += kt * v1;

        double force2 = force + h * f1, speed2 = speed + h * v1, friction2 = friction + h * z1;
        double net2 = net_tension(force2, Q(offset_force_n), Q(offset_width_n)), mean = 0.5 * (net + net2);
        double crept1 = (Q(creep_1_mm_per_n) * mean - b[CREEP_1 + p]) * gone_1;
        double crept2 = (Q(creep_2_mm_per_n) * mean - b[CREEP_2 + p]) * gone_2;
        double f2 = stiffness(b, p, force2, net2) * (speed2 - 2.0 * (crept1 + crept2) / h + creep) - 2.0 * f1;
        double v2 = per_m * (axial * (first + rise) - friction2 - force2 - damping * speed2) - push - 2.0 * v1;
        double z2 = (bristle * speed2 - (wear * fabs(speed2) + loose) * friction2 - 2.0 * z1) * soft;
        v2 = (v2 - tau * per_m * (f2 + z2)) * scale;
        f2 += tau * k * v2;
        z2 += kt * v2;

        b[NEXT + F_REGION + p] = force + h * (1.5 * f1 + 0.5 * f2);
        b[NEXT + V_P + p] = speed + h * (1.5 * v1 + 0.5 * v2);
        b[NEXT + Z + p] = friction + h * (1.5 * z1 + 0.5 * z2);
        b[NEXT + CREEP_1 + p] = b[CREEP_1 + p] + crept1;
        b[NEXT + CREEP_2 + p] = b[CREEP_2 + p] + crept2;
        b[NEXT + SLIP + p] = b[SLIP + p] + h * slipping(middle, Q(slip_force_n), Q(slip_mm_per_s_n2));
        double stretch = (mean - b[SENSED + p]) * gone(h * Q(reflex_per_s));
        b[NEXT + SENSED + p] = b[SENSED + p] + stretch;
        double target = Q(guarding_rest_mva) + Q(guarding_gain_mva_s_per_n) * MAXD(stretch / h, 0.0);
        b[NEXT + ACTIVITY + p] = b[ACTIVITY + p] + (target - b[ACTIVITY + p]) * gone(h * Q(guarding_per_s));
        b[ERROR + p] = 0.5 * h * MAXD(fabs(f1 + f2), fabs(z1 + z2));
    }
    double worst = 0.0;
    for (int p = 0; p < WIDTH; p++) worst = MAXD(worst, b[ERROR + p]);
    return worst;
}

/* as population.march: forces are (n_knots, WIDTH), stepping is first, longest, allowed; told is taken, refused */
void march(double *restrict b, const double *times, const double *forces, long n, const double *stepping,
           double *restrict told, double *restrict region) {
    double h = stepping[0], least = 0.01 * h, last = 1.0;
    for (int p = 0; p < WIDTH; p++) b[FORCE_AT + p] = b[FORCE_AT + WIDTH + p] = forces[p];
    for (long k = 0; k < n; k++) {
        double span = k > 0 ? times[k] - times[k - 1] : 0.0;
        if (k > 0) {
            double bent = 0.0;
            for (int p = 0; p < WIDTH; p++) {
                double from = forces[(k - 1) * WIDTH + p], to = forces[k * WIDTH + p];
                double before = b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p];
                bent = MAXD(bent, fabs(before / last - (to - from) / MAXD(span, 1e-9)));
                b[FORCE_AT + p] = from;
                b[FORCE_AT + WIDTH + p] = to;
            }
            if (bent > 0.5) h = MIND(h, stepping[0]);
            last = MAXD(span, 1e-9);
        }
        for (double done = 0.0; done < span;) {
            double parts = ceil((span - done) / h * (1.0 - 1e-9)), now = (span - done) / parts;
            double error = step(b, done / span, now / span, now);
            double change = 0.85 * sqrt(stepping[2] / MAXD(error, 1e-30));
            if (error > stepping[2] && now > least * (1.0 + 1e-6)) {
                told[1] += 1.0;
                h = MAXD(now * MAXD(change, 0.2), least);
                continue;
            }
            told[0] += 1.0;
            for (int i = 0; i < NEXT; i++) b[i] = b[NEXT + i];
            done = parts == 1.0 ? span : done + now;
            h = change > 1.0 ? MAXD(h, now * MIND(change, 2.0)) : now * change;
            h = MIND(MAXD(h, least), stepping[1]);
        }
        for (int p = 0; p < WIDTH; p++) region[k * WIDTH + p] = b[F_REGION + p];
    }
}
#endif

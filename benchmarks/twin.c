/* The two kernels of the simulator once more, in C: what a compiler makes of the same arithmetic.
 *
 * Compiled at run time with where everything stands (-D...), from traction/sim/layout.py and lanes.py.
 * table(): Runge-Kutta steps of the body in the harness under a force controller sampled at 100 Hz.
 * march(): linearly implicit steps of a block of patients, lengths by their own error.
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

INLINE double net_slope(double f, double offset, double width) {
    double over = f - offset;
    return 0.5 * (1.0 + over / sqrt(over * over + width * width));
}

INLINE double flattening_per_n(double f, double k, double most) {
    double reach = k + fabs(f) / most;
    return k / (reach * reach);
}

INLINE double grip(double t, double friction, double lift) { return MAXD(friction - lift * t, 0.02 * friction); }
INLINE double loosening(double t, double still, double s) { return MAXD(1.0 - t / still, 0.0) / s; }
INLINE double slipping(double t, double slip, double rate) { double o = MAXD(t - slip, 0.0); return rate * o * o; }

/* ---- the table ---- */
#ifdef TABLE
#define Q(name) b[P_##name]

static void levels(const double *b, double net, double *product, double *steeper) {
    double p = 1.0, s = 0.0;
    for (int i = 0; i < MAX_LEVELS; i++) {
        double soft = b[SOFTNESS_AT + i], stiffened = 1.0 + soft * net;
        s = s * stiffened + p * soft;
        p *= stiffened;
    }
    *product = p;
    *steeper = s;
}

static double tension(const double *b, const double *y, double product) {
    double flat = y[F_REGION] / (Q(flattening_n_per_mm) + fabs(y[F_REGION]) / Q(flattening_most_mm));
    double pelvis = flat + log(product) / Q(stiffening_per_mm) + y[CREEP_1] + y[CREEP_2];
    double stretch = y[X_M] - pelvis - Q(slack_mm) - y[PAYOUT] - y[SLIP];
    if (stretch <= 0.0) return 0.0;
    double force = Q(harness_stiffness_n_per_mm) * stretch
                 + Q(harness_damping_n_s_per_mm) * MIND(stretch, 1.0) * (y[V_M] - y[V_P]);
    return MAXD(force, 0.0);
}

static double slope(const double *b, const double *y, double *d, double velocity) {
    double region = y[F_REGION], speed = y[V_P], z = y[Z], product, steeper;
    double net = net_tension(region, Q(offset_force_n), Q(offset_width_n));
    levels(b, net, &product, &steeper);
    double force = tension(b, y, product);
    d[CREEP_1] = (Q(creep_1_mm_per_n) * net - y[CREEP_1]) / Q(creep_1_s);
    d[CREEP_2] = (Q(creep_2_mm_per_n) * net - y[CREEP_2]) / Q(creep_2_s);
    double per_n = net_slope(region, Q(offset_force_n), Q(offset_width_n)) * steeper / (product * Q(stiffening_per_mm));
    double compliance = flattening_per_n(region, Q(flattening_n_per_mm), Q(flattening_most_mm)) + per_n;
    d[F_REGION] = (speed - (d[CREEP_1] + d[CREEP_2])) / compliance;
    d[V_P] = 1000.0 * (Q(axial) * force - (z + region + Q(body_damping_n_s_per_mm) * speed)) / Q(moving_mass_kg);
    double most = grip(force, Q(friction_force_n), Q(friction_lift));
    d[Z] = Q(friction_stiffness_n_per_mm) * (speed - fabs(speed) * z / most)
         - loosening(force, Q(shifting_force_n), Q(shifting_s)) * z;
    d[X_M] = y[V_M];
    d[V_M] = (velocity - y[V_M]) / Q(motor_s);
    d[SLIP] = slipping(force, Q(slip_force_n), Q(slip_mm_per_s_n2));
    d[PAYOUT] = 0.0;
    d[SENSED] = (net - y[SENSED]) / Q(reflex_s);
    double target = Q(guarding_rest_mva) + Q(guarding_gain_mva_s_per_n) * MAXD(d[SENSED], 0.0);
    d[ACTIVITY] = (target - y[ACTIVITY]) / Q(guarding_s);
    d[UNLOADED] = (Q(unloaded_target) - y[UNLOADED]) / Q(unloading_s);
    d[WATER] = (Q(water_target) - y[WATER]) / Q(water_s);
    return force;
}

void table(double *b, const double *target, long n, long steps, double kp, double ki, double fastest, double *out) {
    double sum[STATES], trial[STATES], d[STATES], integral = 0.0, force = 0.0, product, steeper;
    double h = 0.01 / (double)steps;
    for (int i = 0; i < STATES; i++) d[i] = 0.0;
    for (long k = 0; k < n; k++) {
        double error = target[k] - force, velocity = kp * error + integral;
        if (velocity > -fastest && velocity < fastest) integral += ki * 0.01 * error;
        velocity = MIND(MAXD(velocity, -fastest), fastest);
        for (long s = 0; s < steps; s++) {
            double most = grip(force, Q(friction_force_n), Q(friction_lift));
            double swept = h * Q(friction_stiffness_n_per_mm) / most * (fabs(b[V_P]) + h * fabs(d[V_P]));
            long parts = 1 + (long)MIND(swept, 10000.0);
            double g = h / (double)parts;
            for (long q = 0; q < parts; q++) {
                slope(b, b, d, velocity);
                for (int i = 0; i < STATES; i++) { sum[i] = d[i]; trial[i] = b[i] + 0.5 * g * d[i]; }
                slope(b, trial, d, velocity);
                for (int i = 0; i < STATES; i++) { sum[i] += 2.0 * d[i]; trial[i] = b[i] + 0.5 * g * d[i]; }
                slope(b, trial, d, velocity);
                for (int i = 0; i < STATES; i++) { sum[i] += 2.0 * d[i]; trial[i] = b[i] + g * d[i]; }
                slope(b, trial, d, velocity);
                for (int i = 0; i < STATES; i++) b[i] += g / 6.0 * (sum[i] + d[i]);
            }
        }
        for (int i = 0; i < STATES; i++) if (fabs(b[i]) < 1e-30) b[i] = 0.0;
        levels(b, net_tension(b[F_REGION], Q(offset_force_n), Q(offset_width_n)), &product, &steeper);
        force = tension(b, b, product);
        out[k] = force;
    }
}
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
    double flat = flattening_per_n(f, Q(flattening_n_per_mm), Q(flattening_most_mm));
    return product / (flat * product + net_slope(f, Q(offset_force_n), Q(offset_width_n)) * Q(per_stiffening) * steeper);
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
        double against = friction * speed > 0.0 ? fabs(friction) : -fabs(friction);
        double kb = bristle - wear * against, push = tau * per_m * axial * rise / h;
        double soft = 1.0 / (1.0 + tau * fading), kt = tau * kb * soft;
        double scale = 1.0 / (1.0 + tau * per_m * (damping + tau * k + kt));

        double f1 = k * (speed - creep), z1 = soft * (bristle * speed - fading * friction);
        double v1 = per_m * (axial * first - friction - force - damping * speed) + push;
        v1 = (v1 - tau * per_m * (f1 + z1)) * scale;
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
